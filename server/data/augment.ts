import type { Augmentation } from "../../schemas/experiment.gen.ts";
import type { Augment, Batch } from "./augmentations/batch.ts";
import { crop } from "./augmentations/crop.ts";
import { cutout } from "./augmentations/cutout.ts";
import { flip } from "./augmentations/flip.ts";
import { mixup } from "./augmentations/mixup.ts";
import { noise } from "./augmentations/noise.ts";
import { shift } from "./augmentations/shift.ts";

const augmentations: { readonly [T in Augmentation["type"]]: Augment<Extract<Augmentation, { type: T }>> } = {
  shift,
  flip,
  crop,
  cutout,
  noise,
  mixup,
};

/**
 * Changes a batch in place, one augmentation after the other. What happens to a sample depends on (seed, step, place of
 * the augmentation in the list, row of the sample), not on its place in the batch.
 *
 * The teacher has to see the changed samples, so with any augmentation its outputs cannot be cached.
 *
 * Gives the label weights [rows, classes] when a mixup blended labels, undefined when the labels still hold.
 */
export function applyAugmentations(
  batch: Batch,
  specs: readonly Augmentation[],
  { seed, step }: { readonly seed: number; readonly step: number },
): Float32Array | undefined {
  specs.forEach((spec, place) => {
    const augment = augmentations[spec.type] as Augment<Augmentation>;
    augment(batch, spec, { seed, step, use: `augment.${place}.${spec.type}` });
  });
  return batch.labelWeights;
}

/** Whether an augmentation needs samples of the shape [height, width, channels]. */
export function needsImages(type: Augmentation["type"]): boolean {
  return type !== "noise" && type !== "mixup";
}
