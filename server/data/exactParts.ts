import { normalizedBytes, type ResolvedNormalize } from "./normalize.ts";

/**
 * How bytes are normalised in float32 with the bits of {@link normalizedBytes}, which computes in float64.
 *
 * A byte times a factor of at most 16 binary digits is exact in float32, and so is its sum with an offset on the same grid.
 * The rounding errors of factor and offset are computed separately and added last, so that only that addition rounds.
 * @returns one for all channels or one a channel; undefined where one of the 256 bytes still comes out differently
 */
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

/** What the parts makes of a byte, in float32. */
function affine({ factor, offset }: SplitAffine, byte: number): number {
  const { fround } = Math;
  const coarse = fround(fround(byte * factor[0]) + offset[0]);
  return fround(coarse + fround(fround(byte * factor[1]) + offset[1]));
}
