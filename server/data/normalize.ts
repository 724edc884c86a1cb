import type { Normalize } from "../../schemas/experiment.gen.ts";
import type { DataProblem } from "./problem.ts";
import { blocksOf, type SampleValues } from "./sampleValues.ts";

/**
 * x · scale, then (x − mean) / std. `mean` and `std` have one value for all channels or one for each channel, where the
 * channels are the last axis of a sample: colours of an image, columns of a table.
 */
export interface ResolvedNormalize {
  readonly scale: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

export const identityNormalize: ResolvedNormalize = { scale: 1, mean: [0], std: [1] };

export const isIdentity = ({ scale, mean, std }: ResolvedNormalize): boolean =>
  scale === 1 && mean.every((value) => value === 0) && std.every((value) => value === 1);

/** Fills in the defaults of what an experiment says, and checks it against the channels of the samples. */
export function resolveNormalize(
  { scale = 1, mean = 0, std = 1 }: Normalize,
  channels: number,
  file: string,
): ResolvedNormalize | DataProblem {
  const resolved = { scale, mean: [mean].flat(), std: [std].flat() };
  for (const [name, values] of [
    ["mean", resolved.mean],
    ["std", resolved.std],
  ] as const) {
    if (values.length !== 1 && values.length !== channels) {
      return {
        code: "normalize-channels",
        message: `\`${name}\` has ${values.length} values, but the samples have ${channels} channels.`,
        file,
        expected: channels,
        found: values.length,
      };
    }
  }
  return resolved;
}

/**
 * Mean and standard deviation of each channel over the samples: those of training, so that held-out ones do not leak. A
 * channel that never changes gets the standard deviation 1.
 */
export function fitNormalize({
  shape,
  values,
}: {
  readonly shape: readonly number[];
  readonly values: SampleValues;
}): ResolvedNormalize {
  const channels = shape.at(-1) ?? 1;
  const { size } = values;
  // Sums of distances from the first sample's values: a large common offset would cancel away in sums of squares.
  let origin: Float64Array | undefined;
  const sums = new Float64Array(channels);
  const squares = new Float64Array(channels);
  for (const block of blocksOf(values)) {
    origin ??= Float64Array.from(block.subarray(0, channels));
    for (let start = 0; start < block.length; start += size)
      for (let c = 0; c < channels; c++) {
        const first = origin[c] as number;
        let [sum, square] = [0, 0];
        for (let k = start + c; k < start + size; k += channels) {
          const distance = (block[k] as number) - first;
          sum += distance;
          square += distance * distance;
        }
        sums[c] = (sums[c] as number) + sum;
        squares[c] = (squares[c] as number) + square;
      }
  }
  const count = (values.count * size) / channels;
  const means = sums.map((sum) => sum / count);
  const deviations = Array.from(means, (mean, c) =>
    Math.sqrt(Math.max(0, (squares[c] as number) / count - mean * mean)),
  );
  return {
    scale: 1,
    mean: Array.from(means, (mean, c) => mean + (origin?.[c] ?? 0)),
    std: deviations.map((deviation) => deviation || 1),
  };
}

/** What a raw zero becomes in each channel. */
export const blankOf = (normalize: ResolvedNormalize, channels: number): Float32Array =>
  normalizedColour(0, normalize, channels);

/** What a raw value becomes in each channel. */
export const normalizedColour = (
  raw: number,
  { scale, mean, std }: ResolvedNormalize,
  channels: number,
): Float32Array =>
  Float32Array.from({ length: channels }, (_, c) => {
    return (raw * scale - (mean[c % mean.length] as number)) / (std[c % std.length] as number);
  });

/** x · factor + offset in each channel turns samples normalised one way into samples normalised another way. */
export function renormalizing(
  from: ResolvedNormalize,
  to: ResolvedNormalize,
  channels: number,
): { readonly factors: Float64Array; readonly offsets: Float64Array } {
  const at = (list: readonly number[], c: number) => list[c % list.length] as number;
  const factors = new Float64Array(channels);
  const offsets = new Float64Array(channels);
  for (let c = 0; c < channels; c++) {
    // raw = (x · std + mean) / scale, then (raw · scale′ − mean′) / std′
    const ratio = to.scale / from.scale;
    factors[c] = (at(from.std, c) * ratio) / at(to.std, c);
    offsets[c] = (at(from.mean, c) * ratio - at(to.mean, c)) / at(to.std, c);
  }
  return { factors, offsets };
}

/**
 * Renormalises samples: for a teacher with a preprocessing of its own that has to see what augmentation made of the
 * student's batch. `out` may be `values`.
 */
export function renormalize(
  values: Float32Array,
  {
    from,
    to,
    channels,
    out,
  }: {
    readonly from: ResolvedNormalize;
    readonly to: ResolvedNormalize;
    readonly channels: number;
    readonly out: Float32Array;
  },
): void {
  const { factors, offsets } = renormalizing(from, to, channels);
  for (let i = 0, c = 0; i < values.length; i++, c = c + 1 === channels ? 0 : c + 1) {
    out[i] = (values[i] as number) * (factors[c] as number) + (offsets[c] as number);
  }
}

/** What each byte becomes, [period, 256]; the period is 1 or the number of channels. */
export function normalizedBytes({ scale, mean, std }: ResolvedNormalize, channels: number): Float32Array {
  const period = Math.max(mean.length, std.length);
  if ((mean.length !== 1 && mean.length !== channels) || (std.length !== 1 && std.length !== channels)) {
    throw new RangeError(`mean has ${mean.length} and std ${std.length} values for ${channels} channels.`);
  }
  const table = new Float32Array(period * 256);
  for (let c = 0; c < period; c++) {
    for (let byte = 0; byte < 256; byte++) {
      const raw = byte * scale - (mean[c % mean.length] as number);
      table[c * 256 + byte] = raw / (std[c % std.length] as number);
    }
  }
  return table;
}
