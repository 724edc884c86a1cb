import { stat } from "node:fs/promises";

/** Which of these files are not there. */
export async function missingOf(files: readonly string[]): Promise<string[]> {
  const isThere = await Promise.all(
    files.map((file) =>
      stat(file).then(
        (stats) => stats.isFile(),
        () => false,
      ),
    ),
  );
  return files.filter((_, i) => !isThere[i]);
}
