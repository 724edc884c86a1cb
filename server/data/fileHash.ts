import { createHash } from "node:crypto";
import { fileProblem, openFile, readAt } from "./formats/bytes.ts";
import type { DataProblem } from "./problem.ts";

const chunkSize = 2 ** 20;

/** SHA-256 over the contents of files in this order, as hex; for teachers, which may be several files. */
export async function hashFiles(files: readonly string[]): Promise<string | DataProblem> {
  const hash = createHash("sha256");
  for (const file of files) {
    const opened = await openFile(file, { isAny: true });
    if ("code" in opened) return opened;
    try {
      hash.update(`${opened.size}\n`);
      for (let position = 0; position < opened.size; ) {
        const chunk = await readAt(opened, position, chunkSize);
        if ("code" in chunk) return chunk;
        if (chunk.length === 0) break;
        hash.update(chunk);
        position += chunk.length;
      }
    } catch (error) {
      return fileProblem(file, error);
    } finally {
      await opened.handle.close();
    }
  }
  return hash.digest("hex");
}
