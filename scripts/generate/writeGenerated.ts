import { readFile, rename, writeFile } from "node:fs/promises";

/**
 * Writes a generated file where its text is another one, and as a whole: a process that starts at that moment, as a test's trainer,
 * reads the old text or the new one.
 */
export async function writeGenerated(path: string, text: string): Promise<void> {
  if ((await readFile(path, "utf8").catch(() => undefined)) === text) return;
  const beside = `${path}.${process.pid}`;
  await writeFile(beside, text);
  await rename(beside, path);
}
