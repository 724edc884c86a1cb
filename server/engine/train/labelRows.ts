import { noLabel } from "../../data/labels.ts";
import type { Samples } from "../../data/samples.ts";

/** How labels are fed to a step: `DistillationOptions.labels`. */
export type LabelKind = "classes" | "some" | "weights" | "someWeights";

/** @param blends whether an augmentation blends them */
export function labelKind(
  { labels, targets }: Pick<Samples, "labels" | "targets">,
  blends: boolean,
): LabelKind {
  if (blends) return "weights";
  const isPartly = labels.includes(noLabel);
  if (targets) return isPartly ? "someWeights" : "weights";
  return isPartly ? "some" : "classes";
}

/**
 * What is fed of the samples at `rows` where labels are rows of numbers, [rows, outputs], with one number more where some have no
 * label. A student may tell more classes apart than the samples have.
 */
export function labelRows(
  { labels, targets, classes }: Pick<Samples, "labels" | "targets" | "classes">,
  rows: ArrayLike<number>,
  { kind, outputs }: { readonly kind: LabelKind; readonly outputs: number },
): Float32Array {
  const width = kind === "someWeights" ? outputs + 1 : outputs;
  const out = new Float32Array(rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    if (targets) out.set(targets.subarray(row * classes, (row + 1) * classes), i * width);
    if (kind === "someWeights") out[i * width + outputs] = labels[row] === noLabel ? 0 : 1;
  }
  return out;
}
