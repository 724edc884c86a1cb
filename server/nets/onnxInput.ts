import { sizeOf } from "../sizeOf.ts";
import type { TaskName } from "../tasks/tasks.ts";

export type Layout = "nchw" | "nhwc";

export interface InputMatch {
  readonly layout: Layout;
  /** Shape of one sample as the model wants it. */
  readonly shape: readonly number[];
}

/**
 * The ways in which samples may go into a model: as they are (channels last), with the channels first, or flattened.
 * Where both image layouts fit (a 3×3×3 sample), channels first stands first: it is what ONNX's own operators use.
 * @param wanted the model's input without its batch dimension; names and numbers ≤ 0 are free; undefined fits all
 * @param sample shape of one sample, channels last
 * @param requestedLayout the file's `layout`; "auto" finds it out
 */
export function matchInputs(
  wanted: readonly (number | string)[] | undefined,
  sample: readonly number[],
  requestedLayout: "auto" | Layout,
): InputMatch[] {
  const candidates: InputMatch[] = [];
  const [height, width, channels] = sample;
  if (sample.length === 3 && height !== undefined && width !== undefined && channels !== undefined) {
    candidates.push({ layout: "nchw", shape: [channels, height, width] });
    // One channel may be left out, or be asked for where the samples have none: the order of values is the same.
    if (channels === 1) candidates.push({ layout: "nhwc", shape: [height, width] });
  }
  if (sample.length === 2 && height !== undefined && width !== undefined) {
    candidates.push(
      { layout: "nchw", shape: [1, height, width] },
      { layout: "nhwc", shape: [height, width, 1] },
    );
  }
  candidates.push({ layout: "nhwc", shape: sample });
  const size = sizeOf(sample);
  if (sample.length !== 1) {
    candidates.push({ layout: "nhwc", shape: [size] });
    // A net that flattens channels-first images and was exported behind that.
    if ((channels ?? 1) > 1) candidates.push({ layout: "nchw", shape: [size] });
  }
  return candidates.filter(
    ({ layout, shape }) =>
      (wanted === undefined || compatible(shape, wanted)) &&
      (requestedLayout === "auto" || layout === requestedLayout || (channels ?? 1) === 1),
  );
}

/**
 * Height and width of the images that a model takes, where its input declares others than the samples have; undefined where the
 * samples fit, or cannot be brought to fit.
 * @param shape of the model's input with its batch dimension
 */
export function imageSizeOf(
  shape: readonly (number | string)[],
  sample: readonly number[],
  layout: "auto" | Layout,
): readonly [height: number, width: number] | undefined {
  const [height, width, channels] = sample;
  if (sample.length !== 3 || height === undefined || width === undefined || channels === undefined)
    return undefined;
  if (feedingsOf(shape, sample, layout).length > 0) return undefined;
  const extents = (shape.length === 4 ? shape.slice(1) : shape.length === 3 ? shape : []).map((extent) =>
    typeof extent === "number" && extent > 0 ? extent : undefined,
  );
  const ways = [
    { way: "nchw", found: extents[0], rows: extents[1], columns: extents[2] },
    { way: "nhwc", found: extents[2], rows: extents[0], columns: extents[1] },
  ];
  // A vector in a shape of four axes is no image.
  const isImage = (rows: number, columns: number) => extents.length === 3 && Math.min(rows, columns) >= 8;
  for (const { way, found, rows = height, columns = width } of ways)
    if (isImage(rows, columns) && (layout === "auto" || layout === way) && (found ?? channels) === channels)
      return [rows, columns];
  return undefined;
}

/** How samples are fed to a model. */
export interface Feeding extends InputMatch {
  /** Samples in one run: any number, exactly so many, or one at a time without a batch dimension. */
  readonly batch: "any" | "none" | number;
}

/**
 * The ways to try, the likeliest first; none where no sample of this shape goes into the model.
 * @param shape of the model's input with its batch dimension, [] where it declares none; names and numbers ≤ 0 are free
 */
export function feedingsOf(
  shape: readonly (number | string)[],
  sample: readonly number[],
  layout: "auto" | Layout,
): Feeding[] {
  // The runtime gives no dimensions where the model declares none.
  const [batch, ...wanted] = shape;
  const matches = matchInputs(shape.length === 0 ? undefined : wanted, sample, layout);
  if (typeof batch === "number" && batch > 0) {
    return [
      ...matches.map((match) => ({ ...match, batch })),
      ...matchInputs(shape, sample, layout).map((match) => ({ ...match, batch: "none" as const })),
    ];
  }
  // An open batch dimension may still be 1 inside.
  return (["any", 1] as const).flatMap((batch) => matches.map((match) => ({ ...match, batch })));
}

const compatible = (shape: readonly number[], wanted: readonly (number | string)[]) =>
  shape.length === wanted.length &&
  shape.every((extent, axis) => {
    const expected = wanted[axis];
    return typeof expected === "string" || (expected ?? 0) <= 0 || expected === extent;
  });

/** An output of [batch], of whatever size that is: without a batch a model says how many classes it has. */
export const isOneNumber = ([extent, ...others]: readonly (number | string)[]): boolean =>
  others.length === 0 && extent !== undefined && !(typeof extent === "number" && extent > 0);

/** An output of [labels, batch, 2], whatever the batch's size. */
export const isOfPairs = ([labels = 0, batch = 1, pair, ...others]: readonly (number | string)[]): boolean =>
  others.length === 0 &&
  pair === 2 &&
  typeof labels === "number" &&
  labels > 1 &&
  !(typeof batch === "number" && batch > 0);

/** An output of several numbers a sample in more than one axis, which does not show those of the classes. */
export function isNoRow(shape: readonly (number | string)[], task: TaskName | undefined): boolean {
  if (isOfPairs(shape)) return task !== "multiLabel";
  return shape.slice(1).filter((extent) => typeof extent === "number" && extent > 1).length > 1;
}

/** [count, channels, height, width] → [count, height, width, channels] */
export function channelsLast(
  values: Float32Array,
  count: number,
  [height, width, channels]: readonly [number, number, number],
): Float32Array {
  const positions = height * width;
  const out = new Float32Array(count * positions * channels);
  for (let n = 0; n < count; n++) {
    const base = n * positions * channels;
    for (let channel = 0; channel < channels; channel++) {
      for (let position = 0; position < positions; position++) {
        out[base + position * channels + channel] = values[base + channel * positions + position] ?? 0;
      }
    }
  }
  return out;
}

/** [count, height, width, channels] → [count, channels, height, width]; samples of two dimensions have one channel. */
export function channelsFirst(samples: Float32Array, count: number, sample: readonly number[]): Float32Array {
  const [height = 1, width = 1, channels = 1] = sample;
  const positions = height * width;
  if (channels === 1) return samples;
  const out = new Float32Array(count * positions * channels);
  for (let n = 0; n < count; n++) {
    const base = n * positions * channels;
    for (let channel = 0; channel < channels; channel++) {
      for (let position = 0; position < positions; position++) {
        out[base + channel * positions + position] = samples[base + position * channels + channel] ?? 0;
      }
    }
  }
  return out;
}
