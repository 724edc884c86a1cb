import {
  add,
  cast,
  concat,
  gather,
  max,
  maximum,
  minimum,
  mul,
  oneHot,
  reshape,
  scalar,
  sub,
  type Tensor,
  tensor,
} from "@tensorflow/tfjs-core";
import type { Change } from "../../data/augmentations/change.ts";
import type { InputSpec, Tensors } from "../program.ts";
import { asGroup, inGroup } from "./names.ts";
import { required } from "./optimizers/optimizer.ts";

/** A batch while it is augmented. */
interface Batch {
  readonly x: Tensor; // [batch, ...sample], normalised
  readonly labels: Tensor; // int32 [batch], or float32 [batch, classes] once they are blended
}

export interface AugmentationOptions {
  readonly classes: number;
  /** What a raw zero becomes in each channel. */
  readonly blank: ArrayLike<number>;
}

/** Random draws for a batch, as they are fed to a step. */
export const augmentationInputs = (changes: readonly Change[], batch: number): Record<string, InputSpec> =>
  Object.assign(
    {},
    ...changes.map(({ draws }, i) =>
      asGroup(
        drawsGroup(i),
        Object.fromEntries(
          Object.entries(draws).map(([name, { shape, dtype }]) => [
            name,
            { shape: [batch, ...shape], dtype },
          ]),
        ),
      ),
    ),
  );

/** Augments a batch in tfjs ops, bit for bit as each augmentation's `apply`. */
export const augmented = (
  batch: Batch,
  changes: readonly Change[],
  inputs: Tensors,
  options: AugmentationOptions,
): Batch =>
  changes.reduce((current, { type }, i) => {
    if (type === "onHost") throw new Error("Batches that are changed on the host are fed.");
    return applications[type](current, inGroup(drawsGroup(i), inputs), options);
  }, batch);

/** Inputs: the draws of an augmentation, by its place in the list. */
export const drawsGroup = (place: number): string => `augment/${place}`;

const applications: {
  readonly [T in Exclude<Change["type"], "onHost">]: (
    batch: Batch,
    drawn: Tensors,
    options: AugmentationOptions,
  ) => Batch;
} = {
  moves: ({ x, labels }, drawn, { blank }) => ({ x: moved(x, drawn, blank), labels }),
  noise: ({ x, labels }, drawn) => ({ x: add(x, required(drawn, "noise")), labels }),
  mixup: ({ x, labels }, drawn, options) => ({
    x: blended(x, drawn),
    labels: blendedLabels(labels, drawn, options),
  }),
  cutMix: ({ x, labels }, drawn, options) => ({
    x: pasted(x, drawn),
    labels: blendedLabels(labels, drawn, options),
  }),
};

const blendedLabels = (labels: Tensor, drawn: Tensors, { classes }: AugmentationOptions) =>
  blended(labels.dtype === "int32" ? cast(oneHot(labels, classes), "float32") : labels, drawn);

/** Each image with a rectangle of its partner. @param x [batch, height, width, channels] */
function pasted(x: Tensor, drawn: Tensors): Tensor {
  const [batch, height, width] = x.shape as [number, number, number, number];
  const rows = reshape(required(drawn, "rows"), [batch, height, 1, 1]);
  const columns = reshape(required(drawn, "columns"), [batch, 1, width, 1]);
  const isPasted = mul(rows, columns);
  return add(mul(sub(scalar(1), isPasted), x), mul(isPasted, gather(x, required(drawn, "partner"))));
}

/**
 * Picks rows and columns of each image [batch, height, width, channels] in one gather; a black pixel and one of 0 follow the
 * pixels of an image. Pixel indices are float32 until the gather, because on a GPU TensorFlow does integer arithmetic on the
 * host.
 */
function moved(x: Tensor, drawn: Tensors, blank: ArrayLike<number>): Tensor {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const outside = height * width;
  const number = (name: string, shape: readonly number[]) =>
    reshape(cast(required(drawn, name), "float32"), [batch, ...shape]);
  let from = minimum(add(number("rows", [height, 1]), number("columns", [1, width])), scalar(outside));
  if (drawn["cutRows"] !== undefined) {
    const cuts = drawn["cutRows"].shape[1] as number;
    const isCut = mul(number("cutRows", [cuts, height, 1]), number("cutColumns", [cuts, 1, width]));
    from = maximum(from, mul(max(isCut, 1), scalar(outside + 1)));
  }
  const ends = Float32Array.from({ length: batch * 2 * channels }, (_, i) => {
    const at = i % (2 * channels);
    return at < channels ? (blank[at] as number) : 0;
  });
  const pixels = concat([reshape(x, [batch, outside, channels]), tensor(ends, [batch, 2, channels])], 1);
  return gather(pixels, cast(from, "int32"), 1, 1);
}

/** λ·(each part) + (1 − λ)·(its partner). @param parts [batch, ...] */
function blended(parts: Tensor, drawn: Tensors): Tensor {
  const share = reshape(required(drawn, "share"), [
    parts.shape[0] as number,
    ...parts.shape.slice(1).map(() => 1),
  ]);
  return add(mul(share, parts), mul(sub(scalar(1), share), gather(parts, required(drawn, "partner"))));
}
