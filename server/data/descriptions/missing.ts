import { stat } from "node:fs/promises";
import type { ModelDescription } from "./description.ts";

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

/** What keeps a model's weights from being read, as far as its own file tells. */
export function weightsProblem(
  file: string,
  { missingFiles: [missing], outsideFiles: [outside] = [] }: ModelDescription,
): { readonly code: "model-weights"; readonly message: string } | undefined {
  if (outside !== undefined) {
    const message = `${file}: its weights are in "${outside}", outside of its folder, where none are read.`;
    return { code: "model-weights", message };
  }
  return missing === undefined
    ? undefined
    : { code: "model-weights", message: `${file}: its weights file ${missing} is not there.` };
}
