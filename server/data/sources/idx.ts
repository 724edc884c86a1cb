import { resolve } from "node:path";
import type { IdxSource, UnlabelledIdxSource } from "../../../schemas/experiment.gen.ts";
import { file } from "../../parameters/parameter.ts";
import { readIdxHeader } from "../formats/idx.ts";
import { labelsOf, loadArrays } from "./arrays.ts";
import { openArray } from "./openArray.ts";
import { type SourceType, sampleShape, skip, take } from "./source.ts";

const images = file(
  "File with the images, one byte a pixel.",
  [".idx", ".idx3-ubyte", "-idx3-ubyte", "-ubyte", ".ubyte", ".gz"],
  "data/train-images-idx3-ubyte",
);
const part = { skip, take, shape: sampleShape };

/** Images and labels in IDX files, packed by gzip or not. */
export const idx: SourceType<IdxSource | UnlabelledIdxSource> = {
  description: "Images and labels in the two IDX files of MNIST and its relatives, plain or gzipped.",
  hint: "IDX files, as MNIST has them.",
  parameters: {
    images,
    labels: file(
      "File with the labels, one byte a sample.",
      [".idx", ".idx1-ubyte", "-idx1-ubyte", "-ubyte", ".ubyte", ".gz"],
      "data/train-labels-idx1-ubyte",
    ),
    ...part,
  },
  unlabelled: {
    description: "Images in an IDX file of MNIST or its relatives, plain or gzipped.",
    hint: "An IDX file, as MNIST has them.",
    parameters: { images, ...part },
  },
  load: ({ images, skip, take, shape, ...source }, baseDirectory, options) =>
    loadArrays({
      ...options,
      openFeatures: () => openArray(resolve(baseDirectory, images), readIdxHeader),
      openLabels: labelsOf(source, (labels) => openArray(resolve(baseDirectory, labels), readIdxHeader)),
      skip,
      take,
      shapeOf: (own) => shape ?? imageShape(own),
    }),
};

/** Images without channels become one-channel images: [28, 28] is [28, 28, 1]. */
export function imageShape(own: readonly number[]): readonly number[] {
  return own.length === 2 ? [...own, 1] : own;
}
