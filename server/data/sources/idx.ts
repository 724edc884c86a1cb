import { resolve } from "node:path";
import type { IdxSource, UnlabelledIdxSource } from "../../../schemas/experiment.gen.ts";
import { readIdxHeader } from "../formats/idx.ts";
import type { DataProblem } from "../problem.ts";
import type { Samples } from "../samples.ts";
import { labelsOf, loadArrays, openArray } from "./arrays.ts";
import type { LoadOptions } from "./options.ts";

/** Images and labels in IDX files, packed by gzip or not. */
export function loadIdx(
  { images, skip, take, shape, ...source }: IdxSource | UnlabelledIdxSource,
  baseDirectory: string,
  options: LoadOptions,
): Promise<Samples | DataProblem> {
  return loadArrays({
    ...options,
    openFeatures: () => openArray(resolve(baseDirectory, images), readIdxHeader),
    openLabels: labelsOf(source, (labels) => openArray(resolve(baseDirectory, labels), readIdxHeader)),
    skip,
    take,
    shapeOf: (own) => shape ?? imageShape(own),
  });
}

/** Images without channels become one-channel images: [28, 28] is [28, 28, 1]. */
export function imageShape(own: readonly number[]): readonly number[] {
  return own.length === 2 ? [...own, 1] : own;
}
