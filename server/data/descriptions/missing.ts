import { dirname, join } from "node:path";
import { grouped } from "../../grouped.ts";
import { openFile } from "../formats/bytes.ts";
import { isPartOf, statsOf } from "../reading.ts";
import type { ModelDescription } from "./description.ts";

/**
 * The files that a model's own file names beside it: absolute paths of those in its folder, which of them are not there, what is wrong
 * with the others, and what else it names.
 * @param reads how many of their first bytes the model reads, where its file says it
 */
export async function partsOf(
  model: string,
  paths: readonly string[],
  reads?: ReadonlyMap<string, number>,
): Promise<Parts> {
  const isPart = await Promise.all(paths.map((path) => isPartOf(model, path)));
  const weightFiles = paths.filter((_, i) => isPart[i]).map((path) => join(dirname(model), path));
  const isThere = await Promise.all(
    weightFiles.map(async (file) => (await statsOf(file))?.isFile() === true),
  );
  const faults = await Promise.all(
    paths.filter((_, i) => isPart[i]).map((path) => faultOf(join(dirname(model), path), reads?.get(path))),
  );
  const fault = faults.find((found) => found !== undefined);
  return {
    weightFiles,
    missingFiles: weightFiles.filter((_, i) => !isThere[i]),
    outsideFiles: paths.filter((_, i) => !isPart[i]),
    ...(fault === undefined ? {} : { weightsFault: fault }),
  };
}

type Parts = Required<Pick<ModelDescription, "weightFiles" | "missingFiles" | "outsideFiles">> &
  Pick<ModelDescription, "weightsFault">;

/** A part of a sentence; undefined of a file that is not there. */
async function faultOf(file: string, read = 0): Promise<string | undefined> {
  const opened = await openFile(file, { isAny: true });
  if ("code" in opened)
    return opened.code === "missing-file"
      ? undefined
      : `${file} cannot be used: ${opened.message.replace(/\.$/, "")}`;
  await opened.handle.close();
  return opened.size < read
    ? `${file} has ${grouped(opened.size)} bytes, and the model reads ${grouped(read)} of it`
    : undefined;
}

/** All files of a model, by its path: of a folder those in it. */
export const filesOf = (path: string, { format, weightFiles }: ModelDescription): readonly string[] =>
  format === "saved-model" ? weightFiles : [path, ...weightFiles];

/** What keeps a model's weights from being read, as far as its own file tells. */
export function weightsProblem(
  file: string,
  { missingFiles: [missing], outsideFiles: [outside] = [], weightsFault: fault }: ModelDescription,
): { readonly code: "model-weights"; readonly message: string } | undefined {
  if (outside !== undefined) {
    const message = `${file}: its weights file "${outside}" is outside of its folder, where none are read.`;
    return { code: "model-weights", message };
  }
  if (fault !== undefined)
    return {
      code: "model-weights",
      message: `${file}: its weights file ${fault}. Put the whole file there.`,
    };
  return missing === undefined
    ? undefined
    : { code: "model-weights", message: `${file}: its weights file ${missing} does not exist.` };
}
