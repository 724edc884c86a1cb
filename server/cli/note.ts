import { findRun } from "../api/findRun.ts";
import { readNotes, writeNotes } from "../runs/notes.ts";
import { assertRun, runDirectory } from "../runs/runDirectory.ts";
import { type ExitCode, exit, print, printJson, type Terminal } from "../terminal/terminal.ts";

export interface NoteOptions {
  readonly runsDirectory?: string;
  readonly tag?: readonly string[];
  readonly untag?: readonly string[];
  readonly json?: boolean;
}

/** `distill note RUN [TEXT]`: writes a note or tags on a run, and prints what it then has. */
export async function annotate(
  reference: string,
  note: string | undefined,
  { runsDirectory, tag = [], untag = [], json }: NoteOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const path = await findRun(reference, runsDirectory);
  await assertRun(runDirectory(path));
  const before = await readNotes(runDirectory(path));
  const isChanged = note !== undefined || tag.length > 0 || untag.length > 0;
  const tags = [...(before.tags ?? []), ...tag].filter((own) => !untag.includes(own));
  const now = isChanged ? await writeNotes(path, { ...(note === undefined ? {} : { note }), tags }) : before;
  if (json) {
    printJson(terminal, { run: runDirectory(path).id, tags: [], ...now });
    return exit.done;
  }
  const words = [...(now.tags ?? []).map((own) => `#${own}`), ...(now.note === undefined ? [] : [now.note])];
  print(terminal, words.length === 0 ? "There is no note on this run." : words.join(" "));
  return exit.done;
}
