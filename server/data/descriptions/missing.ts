import { dirname, join } from "node:path";
import { isPartOf, statsOf } from "../reading.ts";
import type { ModelDescription } from "./description.ts";

/** The files that a model's own file names beside it: absolute paths of those in its folder, which of them are not there, and what else it names. */
export async function partsOf(
  model: string,
  paths: readonly string[],
): Promise<Required<Pick<ModelDescription, "weightFiles" | "missingFiles" | "outsideFiles">>> {
  const isPart = await Promise.all(paths.map((path) => isPartOf(model, path)));
  const weightFiles = paths.filter((_, i) => isPart[i]).map((path) => join(dirname(model), path));
  const isThere = await Promise.all(
    weightFiles.map(async (file) => (await statsOf(file))?.isFile() === true),
  );
  return {
    weightFiles,
    missingFiles: weightFiles.filter((_, i) => !isThere[i]),
    outsideFiles: paths.filter((_, i) => !isPart[i]),
  };
}

/** All files of a model, by its path: of a folder those in it. */
export const filesOf = (path: string, { format, weightFiles }: ModelDescription): readonly string[] =>
  format === "saved-model" ? weightFiles : [path, ...weightFiles];

/** What keeps a model's weights from being read, as far as its own file tells. */
export function weightsProblem(
  file: string,
  { missingFiles: [missing], outsideFiles: [outside] = [] }: ModelDescription,
): { readonly code: "model-weights"; readonly message: string } | undefined {
  if (outside !== undefined) {
    const message = `${file}: its weights file "${outside}" is outside of its folder, where none are read.`;
    return { code: "model-weights", message };
  }
  return missing === undefined
    ? undefined
    : { code: "model-weights", message: `${file}: its weights file ${missing} does not exist.` };
}
