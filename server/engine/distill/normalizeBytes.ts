import { add, cast, gather, mul, sub, type Tensor, tensor } from "@tensorflow/tfjs-core";
import { normalizedBytes, type ResolvedNormalize } from "../../data/normalize.ts";

/**
 * Normalises bytes [..., channels], given as float32, in tfjs ops: bit for bit as `data/normalize.ts`, which computes in
 * float64.
 *
 * A byte times a factor of at most 16 binary digits is exact in float32, and so is its sum with an offset on the same grid.
 * The rounding errors of factor and offset are computed separately and added last, so that only that addition rounds. If one of
 * the 256 bytes still comes out differently, a lookup table is used.
 */
export function normalizeBytes(normalize: ResolvedNormalize, channels: number): (bytes: Tensor) => Tensor {
  const parts = exactParts(normalize, channels);
  return parts === undefined ? lookedUp(normalizedBytes(normalize, channels)) : computed(parts);
}

/** One for all channels or one a channel; undefined where one of the 256 bytes comes out differently. */
export function exactParts(
  normalize: ResolvedNormalize,
  channels: number,
): readonly SplitAffine[] | undefined {
  const expected = normalizedBytes(normalize, channels);
  const parts = Array.from({ length: expected.length / 256 }, (_, c) => splitAffine(normalize, c));
  const isExact = parts.every((part, c) =>
    expected.subarray(c * 256, (c + 1) * 256).every((value, byte) => Object.is(affine(part, byte), value)),
  );
  return isExact ? parts : undefined;
}

/** x · factor + offset, each as a sum of two float32. */
export interface SplitAffine {
  readonly factor: readonly [coarse: number, fine: number];
  readonly offset: readonly [coarse: number, fine: number];
}

function splitAffine({ scale, mean, std }: ResolvedNormalize, channel: number): SplitAffine {
  const at = (list: readonly number[]) => list[channel % list.length] as number;
  const factor = scale / at(std);
  const offset = -at(mean) / at(std);
  // Sums stay within 2²⁴ steps of the grid, so that each is exact.
  const grid = 2 ** (Math.ceil(Math.log2(255 * Math.abs(factor) + Math.abs(offset))) - 24);
  const split = (value: number): [number, number] => {
    const coarse = Math.fround(Math.round(value / grid) * grid);
    return [coarse, Math.fround(value - coarse)];
  };
  return { factor: split(factor), offset: split(offset) };
}

/** What {@link computed} makes of a byte, in float32. */
function affine({ factor, offset }: SplitAffine, byte: number): number {
  const { fround } = Math;
  const coarse = fround(fround(byte * factor[0]) + offset[0]);
  return fround(coarse + fround(fround(byte * factor[1]) + offset[1]));
}

/**
 * (x · coarse + coarse) + (x · fine + fine), by subtraction throughout, which gives the same bits: TensorFlow reorders sums and
 * factors them, and only this order is exact.
 */
function computed(parts: readonly SplitAffine[]): (bytes: Tensor) => Tensor {
  const row = (pick: (part: SplitAffine) => number) => tensor(parts.map(pick));
  return (bytes) => {
    const [coarse, fine] = [0, 1].map((k) =>
      mul(
        bytes,
        row(({ factor }) => factor[k] as number),
      ),
    ) as [Tensor, Tensor];
    return sub(
      sub(
        coarse,
        row(({ offset }) => -offset[0]),
      ),
      sub(
        row(({ offset }) => -offset[1]),
        fine,
      ),
    );
  };
}

function lookedUp(table: Float32Array): (bytes: Tensor) => Tensor {
  return (bytes) => {
    const starts = tensor(Array.from({ length: table.length / 256 }, (_, c) => c * 256));
    return gather(tensor(table), cast(add(bytes, starts), "int32"));
  };
}
