import { createHash } from "node:crypto";
import { openFile, readAt } from "./formats/bytes.ts";

const pieces = 32;
const pieceBytes = 4096;

/**
 * Identifies a file of any size in about a millisecond, by its size and 32 pieces of 4 KB spread over it, first and last bytes
 * included. Files with the same one are copies, or so nearly that most of their samples are the same. Undefined where it cannot
 * be read.
 */
export async function fingerprint(path: string): Promise<string | undefined> {
  const file = await openFile(path);
  if ("code" in file) return undefined;
  try {
    const hash = createHash("sha256").update(`${file.size}\n`);
    const last = Math.max(0, file.size - pieceBytes);
    for (let piece = 0; piece < pieces; piece++) {
      const bytes = await readAt(file, Math.round((last * piece) / (pieces - 1)), pieceBytes);
      if ("code" in bytes) return undefined;
      hash.update(bytes);
    }
    return hash.digest("hex");
  } finally {
    await file.handle.close();
  }
}
