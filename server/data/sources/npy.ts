import { resolve } from "node:path";
import type { NpySource } from "../../../schemas/experiment.gen.ts";
import { readNpyHeader } from "../formats/npy.ts";
import type { DataProblem } from "../problem.ts";
import type { Samples } from "../samples.ts";
import { loadArrays, openArray } from "./arrays.ts";
import type { LoadOptions } from "./load.ts";

/** Features and labels in two .npy files. Samples keep the shape that they have there. */
export function loadNpy(
  { features, labels, take, shape }: NpySource,
  baseDirectory: string,
  options: LoadOptions,
): Promise<Samples | DataProblem> {
  return loadArrays({
    ...options,
    openFeatures: () => openArray(resolve(baseDirectory, features), readNpyHeader),
    openLabels: () => openArray(resolve(baseDirectory, labels), readNpyHeader),
    take,
    shapeOf: (own) => shape ?? own,
  });
}
