import { resolve } from "node:path";
import type { NpySource, UnlabelledNpySource } from "../../../schemas/experiment.gen.ts";
import { file, optional } from "../../parameters/parameter.ts";
import { readNpyHeader } from "../formats/npy.ts";
import { channelsMovedLast, labelsOf, loadArrays, maskOf } from "./arrays.ts";
import { openArray } from "./openArray.ts";
import { layout, maskDescription, type SourceType, sampleShape, skip, take, vocabulary } from "./source.ts";

const samples = (example: string) => file("Array with the samples: [samples, …].", [".npy"], example);
const part = {
  mask: optional(file(`${maskDescription} Absent: none.`, [".npy"], "data/mask.npy")),
  vocabulary,
  skip,
  take,
  shape: sampleShape,
  layout,
};

/** Features and labels in two .npy files. Samples keep the shape that they have there. */
export const npy: SourceType<NpySource | UnlabelledNpySource> = {
  description: "Two NumPy arrays in two files.",
  hint: "NumPy arrays in .npy files.",
  parameters: {
    features: samples("data/x.npy"),
    labels: file("Array with the class of each sample: [samples], integers from 0.", [".npy"], "data/y.npy"),
    ...part,
  },
  unlabelled: {
    description: "A NumPy array in a file.",
    hint: "A NumPy array in an .npy file.",
    parameters: { features: samples("data/more.npy"), ...part },
  },
  load: ({ features, mask, vocabulary, skip, take, shape, layout, ...source }, baseDirectory, options) =>
    loadArrays({
      ...options,
      openFeatures: () => openArray(resolve(baseDirectory, features), readNpyHeader),
      openLabels: labelsOf(source, (labels) => openArray(resolve(baseDirectory, labels), readNpyHeader)),
      openMask: maskOf(mask, (mask) => openArray(resolve(baseDirectory, mask), readNpyHeader)),
      vocabulary,
      skip,
      take,
      shapeOf: (own) => shape ?? (layout === "channelsFirst" ? channelsMovedLast(own) : own),
      layout,
    }),
};
