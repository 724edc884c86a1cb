import type { Notes } from "../../schemas/run-files.gen.ts";
import { writeFileDurably } from "./durable.ts";
import { openRun, type RunDirectory } from "./runDirectory.ts";
import { RunError } from "./runError.ts";
import { isRunFile, readRunFile } from "./verifyRun.ts";

/** What a person wrote about a run. No trainer reads or writes the file, so that it may change while one trains. */
export const readNotes = async ({ notes }: RunDirectory): Promise<Notes> =>
  (await readRunFile("notes", notes)) ?? {};

/**
 * Replaces what is given and keeps the rest; an empty note, or no tags, removes them. Throws a RunError as `openRun` does,
 * `tag-comma` for a new tag with a comma, and `too-long` where no reader would accept the file.
 */
export async function writeNotes(
  path: string,
  change: { readonly note?: string; readonly tags?: readonly string[] },
): Promise<Notes> {
  const run = await openRun(path);
  const before = await readNotes(run);
  const { note, tags = [] } = { ...before, ...change };
  const own = [...new Set(tags.map((tag) => tag.trim()))].filter((tag) => tag !== "");
  const several = own.find((tag) => tag.includes(",") && before.tags?.includes(tag) !== true);
  if (several !== undefined)
    throw new RunError(
      "tag-comma",
      `The tag ${JSON.stringify(several)} has a comma, which stands between tags where they are written in one line.`,
      "Leave it out, or make several tags of it.",
    );
  const notes: Notes = {
    ...(note === undefined || note.trim() === "" ? {} : { note: note.trim() }),
    ...(own.length === 0 ? {} : { tags: own }),
  };
  if (!isRunFile("notes", notes))
    throw new RunError(
      "too-long",
      "The note or a tag is too long.",
      "A note has at most 10,000 characters, a run at most 50 tags of 100.",
    );
  await writeFileDurably(run.notes, `${JSON.stringify(notes, null, 2)}\n`);
  return notes;
}
