import { resolve } from "node:path";
import type { IdxSource } from "../../../schemas/experiment.gen.ts";
import { openBytes } from "../formats/bytes.ts";
import { readIdxHeader } from "../formats/idx.ts";
import type { DataProblem } from "../problem.ts";
import type { Samples } from "../samples.ts";
import { loadArrays, type OpenArray } from "./arrays.ts";
import type { LoadOptions } from "./load.ts";

/**
 * Images and labels in IDX files, packed by gzip or not. Images without channels become one-channel images:
 * [N, 28, 28] has samples of [28, 28, 1].
 */
export async function loadIdx(
  { images, labels, take, shape }: IdxSource,
  baseDirectory: string,
  options: LoadOptions,
): Promise<Samples | DataProblem> {
  const features = await openIdx(resolve(baseDirectory, images));
  if ("code" in features) return features;
  const labelled = await openIdx(resolve(baseDirectory, labels));
  if ("code" in labelled) {
    await features.source.close();
    return labelled;
  }
  try {
    const own = features.header.shape.slice(1);
    const imageShape = own.length === 2 ? [...own, 1] : own.length === 0 ? [1] : own;
    return await loadArrays({ ...options, features, labels: labelled, take, shape: shape ?? imageShape });
  } finally {
    await Promise.all([features.source.close(), labelled.source.close()]);
  }
}

async function openIdx(file: string): Promise<OpenArray | DataProblem> {
  const source = await openBytes(file);
  if ("code" in source) return source;
  const header = await readIdxHeader(source);
  if ("code" in header) {
    await source.close();
    return header;
  }
  return { source, header };
}
