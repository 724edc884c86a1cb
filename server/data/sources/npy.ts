import { resolve } from "node:path";
import type { NpySource, UnlabelledNpySource } from "../../../schemas/experiment.gen.ts";
import { readNpyHeader } from "../formats/npy.ts";
import type { DataProblem } from "../problem.ts";
import type { Samples } from "../samples.ts";
import { channelsMovedLast, labelsOf, loadArrays, openArray } from "./arrays.ts";
import type { LoadOptions } from "./options.ts";

/** Features and labels in two .npy files. Samples keep the shape that they have there. */
export function loadNpy(
  { features, skip, take, shape, layout, ...source }: NpySource | UnlabelledNpySource,
  baseDirectory: string,
  options: LoadOptions,
): Promise<Samples | DataProblem> {
  return loadArrays({
    ...options,
    openFeatures: () => openArray(resolve(baseDirectory, features), readNpyHeader),
    openLabels: labelsOf(source, (labels) => openArray(resolve(baseDirectory, labels), readNpyHeader)),
    skip,
    take,
    shapeOf: (own) => shape ?? (layout === "channelsFirst" ? channelsMovedLast(own) : own),
    layout,
  });
}
