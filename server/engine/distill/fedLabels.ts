import type { Tensor } from "@tensorflow/tfjs-core";
import type { TensorSpec } from "../program.ts";
import { partlyLabelled, partlyLabelledRows } from "./losses/labelled.ts";
import type { Labels } from "./losses/loss.ts";

/** Labels of a batch from what is fed, by how they are fed: `DistillationOptions.labels`. */
export const labelsFrom = {
  classes: (classes: Tensor): Labels => ({ classes }),
  some: partlyLabelled,
  weights: (weights: Tensor): Labels => ({ weights }),
  someWeights: partlyLabelledRows,
} as const;

export type LabelKind = keyof typeof labelsFrom;

const classIndices = (batch: number): TensorSpec => ({ shape: [batch], dtype: "int32" });

export const labelsSpec: {
  readonly [L in LabelKind]: (batch: number, outputs: number) => TensorSpec;
} = {
  classes: classIndices,
  some: classIndices,
  weights: (batch, outputs) => ({ shape: [batch, outputs], dtype: "float32" }),
  someWeights: (batch, outputs) => ({ shape: [batch, outputs + 1], dtype: "float32" }),
};
