import { createHash, type Hash } from "node:crypto";
import { type OpenFile, readAt, withFile } from "./formats/bytes.ts";
import type { DataProblem } from "./problem.ts";

const chunkSize = 2 ** 20;

/** SHA-256 over the contents of files in this order, as hex; for teachers, which may be several files. */
export async function hashFiles(files: readonly string[]): Promise<string | DataProblem> {
  const hash = createHash("sha256");
  for (const file of files) {
    const problem = await withFile(file, { isAny: true }, (opened) => {
      hash.update(`${opened.size}\n`);
      return hashInto(hash, opened);
    });
    if (problem) return problem;
  }
  return hash.digest("hex");
}

/** Adds all bytes of a file. */
export async function hashInto(hash: Hash, opened: OpenFile): Promise<DataProblem | undefined> {
  for (let position = 0; position < opened.size; ) {
    const chunk = await readAt(opened, position, chunkSize);
    if ("code" in chunk) return chunk;
    if (chunk.length === 0) return undefined;
    hash.update(chunk);
    position += chunk.length;
  }
  return undefined;
}
