import { type ByteLanes, byteLanes } from "./byteLanes.ts";
import { isIdentity, normalizedBytes, type ResolvedNormalize } from "./normalize.ts";

type Raw = Uint8Array | Float32Array;

/** Writes normalised values. */
export interface Normalizer {
  /** `size` of them, of `from` at `start` into `out` at `at`; both start at a channel 0. */
  stretch(from: Raw, start: number, size: number, out: Float32Array, at: number): void;
  /** Rows of `size` each, of `from` [count, size] into `out`, one after the other; each starts at a channel 0. */
  rows(from: Raw, rows: ArrayLike<number>, size: number, out: Float32Array): void;
}

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

/** Of a row: with fewer values a copy costs more than it gains. */
const worthCopying = 64;
/** So many bytes are worth compiling code for. */
const worthCompiling = 16_384;

/** Every path gives the float64 result rounded to float32, so that bytes and floats of equal value give equal bits. */
function makeNormalizer(normalize: ResolvedNormalize, channels: number): Normalizer {
  const one = oneByOne(normalize, channels);
  const isCopy = isIdentity(normalize);
  let compiled: { readonly lanes: ByteLanes | undefined } | undefined;
  const lanesFor = (from: Raw, count: number): ByteLanes | undefined => {
    if (!(from instanceof Uint8Array) || count < worthCompiling) return undefined;
    compiled ??= { lanes: byteLanes(normalize, channels) };
    return compiled.lanes;
  };
  const stretch: Normalizer["stretch"] = (from, start, size, out, at) => {
    const lanes = lanesFor(from, size);
    if (lanes !== undefined) {
      const { length } = lanes.bytes;
      for (let done = 0; done < size; done += length) {
        const count = Math.min(length, size - done);
        lanes.bytes.set(from.subarray(start + done, start + done + count));
        lanes.run(count);
        out.set(lanes.values.subarray(0, count), at + done);
      }
    } else if (isCopy && size >= worthCopying) out.set(from.subarray(start, start + size), at);
    else one(from, start, size, out, at);
  };
  return {
    stretch,
    rows(from, rows, size, out) {
      const lanes = size < worthCopying ? undefined : lanesFor(from, rows.length * size);
      const together = lanes === undefined ? 0 : Math.floor(lanes.bytes.length / size);
      if (lanes === undefined || together === 0) {
        for (let i = 0; i < rows.length; i++) stretch(from, (rows[i] as number) * size, size, out, i * size);
        return;
      }
      for (let first = 0; first < rows.length; first += together) {
        const count = Math.min(together, rows.length - first);
        for (let i = 0; i < count; i++) {
          const start = (rows[first + i] as number) * size;
          lanes.bytes.set(from.subarray(start, start + size), i * size);
        }
        lanes.run(count * size);
        out.set(lanes.values.subarray(0, count * size), first * size);
      }
    },
  };
}

function oneByOne({ scale, mean, std }: ResolvedNormalize, channels: number): Normalizer["stretch"] {
  const table = normalizedBytes({ scale, mean, std }, channels);
  const period = table.length / 256;
  const means = Float64Array.from({ length: period }, (_, c) => mean[c % mean.length] as number);
  const stds = Float64Array.from({ length: period }, (_, c) => std[c % std.length] as number);
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
