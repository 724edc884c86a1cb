import type { ResolvedAugmentation } from "../../schemas/resolvedExperiment.gen.ts";
import { applyAugmentations, surroundings } from "./augment.ts";
import { type ResolvedNormalize, renormalize } from "./normalize.ts";
import { fillBatch, type Samples } from "./samples.ts";

/** One of the fixed forms that augmentation gives each sample (Shen and Savvides 2021), so that a teacher's outputs can be kept. */
export interface View {
  readonly augment: readonly ResolvedAugmentation[];
  readonly seed: number;
  readonly number: number;
}

/** A teacher's input of a view: as in a step the student's, renormalised where the teacher has its own preprocessing. */
export function viewedBatches(
  samples: Pick<Samples, "shape" | "values" | "tokens">,
  { augment, seed, number }: View,
  { normalize, own }: { readonly normalize: ResolvedNormalize; readonly own: ResolvedNormalize | undefined },
): (rows: Int32Array, out: Float32Array) => void {
  const around = surroundings(samples, normalize, augment);
  const channels = samples.shape.at(-1) ?? 1;
  return (rows, out) => {
    const values = out.subarray(0, rows.length * samples.values.size);
    fillBatch(samples, rows, normalize, values);
    const batch = { ...around, values, rows, labels: new Int32Array(rows.length), classes: 1 };
    applyAugmentations(batch, augment, { seed, step: number });
    if (own !== undefined) renormalize(values, { from: normalize, to: own, channels, out: values });
  };
}
