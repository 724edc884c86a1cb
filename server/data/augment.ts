import type { Augmentation } from "../../schemas/experiment.gen.ts";
import { valuesOf } from "../parameters/parameter.ts";
import { augmentationOf, firstThat } from "./augmentations/augmentations.ts";
import type { Batch, Change, Draws } from "./augmentations/change.ts";
import { type ListedMove, moves } from "./augmentations/moves.ts";
import { blankOf, normalizedColour, type ResolvedNormalize } from "./normalize.ts";
import type { Samples } from "./samples.ts";
import { blocksOf, type SampleValues } from "./sampleValues.ts";

/**
 * What augmentations do to a batch, one after the other; those that move pixels are one change as long as nothing else comes
 * between them. What happens to a sample depends on (seed, step, place of the augmentation in the list, row of the sample),
 * not on its place in the batch.
 *
 * The teacher has to see the changed samples, so its outputs cannot be cached, unless each sample has a few views: fixed forms,
 * which are those of the first steps.
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

/** What augmentations need to know of samples besides a batch of them. */
export function surroundings(
  samples: Pick<Samples, "shape" | "values" | "tokens">,
  normalize: ResolvedNormalize,
  specs: readonly Augmentation[],
): Pick<Batch, "shape" | "blank" | "white" | "padding" | "special"> {
  const { shape, values, tokens } = samples;
  const channels = shape.at(-1) ?? 1;
  const white = firstThat(specs, "needsColours") === undefined ? undefined : brightest(values);
  return {
    shape,
    blank: blankOf(normalize, channels),
    white: white === undefined ? undefined : normalizedColour(white, normalize, channels),
    padding: tokens?.padding,
    special: tokens?.special,
  };
}

/** The raw value of white: 255 of bytes, else 1, or 255 where there are greater ones than 1; undefined where values go beyond. */
export function brightest(values: SampleValues): 1 | 255 | undefined {
  if (values.dtype === "uint8") return 255;
  let [least, most] = [0, 0];
  for (const block of blocksOf(values))
    for (let k = 0; k < block.length; k++) {
      const value = block[k] as number;
      if (value < least) least = value;
      if (value > most) most = value;
    }
  if (least < 0 || most > 255) return undefined;
  return most > 1 ? 255 : 1;
}

/**
 * Augments a batch in place.
 *
 * Gives the label weights [rows, classes] when labels were blended, undefined when the labels still hold.
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
