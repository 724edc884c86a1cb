import type { InputFeed } from "../../../nets/inputRoles.ts";
import type { Shape } from "../../../nets/layers/layer.ts";
import { sizeOf } from "../../../sizeOf.ts";
import type { OnnxFeeds, OnnxPort, OnnxValues } from "../../native/onnxModel.ts";

/** An input of a model besides that of the sample. */
export interface OtherInput extends OnnxPort {
  readonly feed: InputFeed;
}

/** What samples are, for what is worked out of them. */
export interface FedSamples {
  /** One sample as the model sees it, channels last. */
  readonly sample: Shape;
  /** The number that stands behind the end of a text. */
  readonly padding: number;
  /** The marks between two texts, where the tokenizer tells their types apart. */
  readonly between?: readonly number[] | undefined;
}

/**
 * Values of the other inputs for a batch.
 * @param samples [batch, ...sample]
 * @param batch undefined for a single sample without a batch dimension
 */
export const otherFeeds = (
  others: readonly OtherInput[],
  samples: Float32Array,
  { batch, ...fed }: FedSamples & { readonly batch: number | undefined },
): OnnxFeeds =>
  Object.fromEntries(others.map((input) => [input.name, valuesOf(input, samples, { batch, ...fed })]));

function valuesOf(
  { shape: declared, feed }: OtherInput,
  samples: Float32Array,
  { batch, ...fed }: FedSamples & { readonly batch: number | undefined },
): OnnxValues {
  const own = axesOf(feed, fed.sample);
  const hasBatch =
    batch !== undefined && (declared.length === 0 ? own.length > 0 : declared.length > own.length);
  const first = hasBatch ? [fixed(declared[0]) ?? batch] : [];
  const between = declared.slice(first.length, Math.max(first.length, declared.length - own.length));
  const shape = [...first, ...between.map((extent) => fixed(extent) ?? 1), ...own];
  const width = sizeOf(own);
  const data = new Float32Array(sizeOf(shape));
  const size = sizeOf(fed.sample);
  for (let row = 0; row * width < data.length; row++) {
    const values = data.subarray(row * width, (row + 1) * width);
    // Of a single row for all samples, and of a constant in a shape of its own, the first sample tells.
    const at = (row * size) % Math.max(size, samples.length);
    fill(values, feed, samples.subarray(at, at + size), fed);
  }
  return { shape, data };
}

const fixed = (extent: number | string | undefined): number | undefined =>
  typeof extent === "number" && extent > 0 ? extent : undefined;

/** Axes of what one sample is fed. */
function axesOf(feed: InputFeed, sample: Shape): Shape {
  if (typeof feed === "number" || feed === "height" || feed === "width") return [];
  if (feed === "size") return [2];
  // Of an image each place, of a sequence of vectors each one.
  return sample.length === 3 ? sample.slice(0, 2) : sample.slice(0, 1);
}

function fill(
  values: Float32Array,
  feed: InputFeed,
  sample: Float32Array,
  { sample: shape, padding, between = [] }: FedSamples,
): void {
  const [height = 1, width = 1] = shape;
  const isPadding = (at: number) => shape.length === 1 && sample[at] === padding;
  switch (feed) {
    case "sample":
    case "tokens":
      throw new Error("Only one input takes the sample.");
    case "mask":
      for (let i = 0; i < values.length; i++) values[i] = isPadding(i) ? 0 : 1;
      return;
    case "padding":
      for (let i = 0; i < values.length; i++) values[i] = isPadding(i) ? 1 : 0;
      return;
    case "types":
      for (let i = secondFrom(sample, between); i < values.length; i++) values[i] = isPadding(i) ? 0 : 1;
      return;
    case "positions":
      for (let i = 0; i < values.length; i++) values[i] = i;
      return;
    case "size":
      values.set([height, width]);
      return;
    case "height":
      values.fill(height);
      return;
    case "width":
      values.fill(width);
      return;
    default:
      values.fill(feed);
  }
}

/** Where the second of two texts begins: behind the first marks between. */
function secondFrom(ids: Float32Array, between: readonly number[]): number {
  if (between.length === 0) return ids.length;
  const at = ids.findIndex((_, i) => between.every((mark, k) => ids[i + k] === mark));
  return at < 0 ? ids.length : at + between.length;
}
