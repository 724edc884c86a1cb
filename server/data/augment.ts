import type { Augmentation } from "../../schemas/experiment.gen.ts";
import { valuesOf } from "../parameters/parameter.ts";
import { augmentationOf } from "./augmentations/augmentations.ts";
import type { Batch, Change, Draws } from "./augmentations/change.ts";
import { type ListedMove, moves } from "./augmentations/moves.ts";

/**
 * What augmentations do to a batch, one after the other; those that move pixels are one change as long as nothing else comes
 * between them. What happens to a sample depends on (seed, step, place of the augmentation in the list, row of the sample),
 * not on its place in the batch.
 *
 * The teacher has to see the changed samples, so with any augmentation its outputs cannot be cached.
 *
 * @param shape of one sample
 */
export function changesOf(specs: readonly Augmentation[], shape: readonly number[]): readonly Change[] {
  const changes: Change[] = [];
  let open: ListedMove[] = [];
  const close = () => {
    if (open.length > 0) changes.push(moves(open, shape));
    open = [];
  };
  for (const [place, spec] of specs.entries()) {
    const use = `augment.${place}.${spec.type}`;
    const augmentation = augmentationOf(spec.type);
    const values = valuesOf(augmentation.parameters, spec);
    if ("change" in augmentation) {
      close();
      changes.push(augmentation.change(values, use, shape));
    } else
      open.push({
        use,
        cuts: augmentation.cuts === true,
        place: (image, next, cut) => augmentation.place(image, values, next, cut),
      });
  }
  close();
  return changes;
}

/** Arrays for what a change draws for so many samples. */
export const drawsFor = ({ draws }: Change, count: number): Draws =>
  Object.fromEntries(
    Object.entries(draws).map(([name, { shape, dtype }]) => {
      const size = shape.reduce((product, extent) => product * extent, count);
      return [name, dtype === "int32" ? new Int32Array(size) : new Float32Array(size)];
    }),
  );

/**
 * Augments a batch in place.
 *
 * Gives the label weights [rows, classes] when a mixup blended labels, undefined when the labels still hold.
 */
export function applyAugmentations(
  batch: Batch,
  specs: readonly Augmentation[],
  { seed, step }: { readonly seed: number; readonly step: number },
): Float32Array | undefined {
  const { rows } = batch;
  for (const change of changesOf(specs, batch.shape)) {
    const drawn = drawsFor(change, rows.length);
    change.draw({ seed, step, rows }, drawn);
    change.apply(batch, drawn);
  }
  return batch.labelWeights;
}
