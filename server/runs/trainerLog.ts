import { openOwnFile } from "./ownFile.ts";
import { runDirectory } from "./runDirectory.ts";

/** Bytes read at the end: a trainer prints a few lines; only a runtime that warns in each step writes more. */
const most = 1 << 20;

/**
 * The trainer's output, of a long log the last whole lines; undefined where it has no log. Throws a RunError as
 * `openOwnFile` does.
 */
export async function trainerLog(directory: string): Promise<string | undefined> {
  const file = await openOwnFile(runDirectory(directory).trainerLog);
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - most);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
    const text = buffer.toString("utf8", 0, bytesRead);
    return from === 0 ? text : text.slice(text.indexOf("\n") + 1);
  } finally {
    await file.close();
  }
}
