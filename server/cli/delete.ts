import process from "node:process";
import { findRun } from "../api/findRun.ts";
import { counted } from "../grouped.ts";
import { deleteRun } from "../runs/control.ts";
import { summarizeRun } from "../runs/list.ts";
import { assertRun, isWholeId, runDirectory } from "../runs/runDirectory.ts";
import { RunError } from "../runs/runError.ts";
import { isConfirmed } from "../terminal/question.ts";
import { complain, type ExitCode, exit, print, printJson, type Terminal } from "../terminal/terminal.ts";

export interface DeleteOptions {
  readonly runsDirectory?: string;
  /** Asks nothing. */
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** `distill delete RUN…`: removes runs for good, those of a sweep with it, after a question. */
export async function deleteRuns(
  references: readonly string[],
  { runsDirectory, yes = false, json = false }: DeleteOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const paths = [...new Set(await Promise.all(references.map((name) => named(name, yes, runsDirectory))))];
  const rows = await Promise.all(paths.map(rowOf));
  if (!yes) {
    (json ? complain : print)(terminal, ...rows);
    if (!terminal.err.isTTY || !process.stdin.isTTY) {
      complain(terminal, "Nothing is deleted: there is no terminal to ask in. Give --yes.");
      return exit.failed;
    }
    const streams = { input: process.stdin, output: process.stderr };
    if (!(await isConfirmed(`Delete ${counted(paths.length, "run")} for good? [y/N] `, streams))) {
      (json ? complain : print)(terminal, "Nothing is deleted.");
      return exit.failed;
    }
  }
  for (const path of paths) {
    await deleteRun(path);
    if (!json) print(terminal, `Deleted ${runDirectory(path).id}.`);
  }
  if (json) printJson(terminal, { deleted: paths.map((path) => runDirectory(path).id) });
  return exit.done;
}

/**
 * Where nothing is asked, an id is no beginning: given again, it would delete a copy of its run, or what is left of its sweep.
 */
async function named(reference: string, yes: boolean, runsDirectory?: string): Promise<string> {
  const path = await findRun(reference, runsDirectory);
  const { id } = runDirectory(path);
  if (yes && isWholeId(reference) && id !== reference)
    throw new RunError(
      "missing",
      `No run here has the id ${reference}.`,
      `One that begins with it is ${id}; without --yes you are asked.`,
    );
  return path;
}

async function rowOf(path: string): Promise<string> {
  const directory = runDirectory(path);
  await assertRun(directory);
  const { state, sweep, name } = (await summarizeRun(path)) ?? {};
  const runs = sweep ? `, a sweep of ${counted(sweep.total, "run")}` : "";
  return `${directory.id}: ${name ?? "?"}, ${state ?? "not begun"}${runs}`;
}
