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

/** Writes `size` normalised values of `from` at `start` into `out` at `at`; both start at a channel 0. */
export type Normalizer = (
  from: Uint8Array | Float32Array,
  start: number,
  size: number,
  out: Float32Array,
  at: number,
) => void;

const normalizers = new WeakMap<ResolvedNormalize, Normalizer>();

/** The normaliser of `normalize` for samples of `channels` channels, made once for each object. */
export function toNormalizer(normalize: ResolvedNormalize, channels: number): Normalizer {
  let normalizer = normalizers.get(normalize);
  if (normalizer === undefined) {
    normalizer = makeNormalizer(normalize, channels);
    normalizers.set(normalize, normalizer);
  }
  return normalizer;
}

/** Every path gives the float64 result rounded to float32, so that bytes and floats of equal value give equal bits. */
function makeNormalizer({ scale, mean, std }: ResolvedNormalize, channels: number): Normalizer {
  const period = Math.max(mean.length, std.length);
  if ((mean.length !== 1 && mean.length !== channels) || (std.length !== 1 && std.length !== channels)) {
    throw new RangeError(`mean has ${mean.length} and std ${std.length} values for ${channels} channels.`);
  }
  const means = Float64Array.from({ length: period }, (_, c) => mean[c % mean.length] as number);
  const stds = Float64Array.from({ length: period }, (_, c) => std[c % std.length] as number);
  // [period, 256]: what each byte becomes.
  const table = new Float32Array(period * 256);
  for (let c = 0; c < period; c++) {
    for (let byte = 0; byte < 256; byte++) {
      table[c * 256 + byte] = (byte * scale - (means[c] as number)) / (stds[c] as number);
    }
  }
  return (from, start, size, out, at) => {
    if (from instanceof Uint8Array) {
      if (period === 1) {
        for (let i = 0; i < size; i++) out[at + i] = table[from[start + i] as number] as number;
      } else {
        for (let i = 0, c = 0; i < size; i++, c = c + 1 === period ? 0 : c + 1) {
          out[at + i] = table[c * 256 + (from[start + i] as number)] as number;
        }
      }
    } else if (period === 1) {
      const [m, s] = [means[0] as number, stds[0] as number];
      for (let i = 0; i < size; i++) out[at + i] = ((from[start + i] as number) * scale - m) / s;
    } else {
      for (let i = 0, c = 0; i < size; i++, c = c + 1 === period ? 0 : c + 1) {
        out[at + i] = ((from[start + i] as number) * scale - (means[c] as number)) / (stds[c] as number);
      }
    }
  };
}
