/** Height and width. */
export type ImageSize = readonly [height: number, width: number];

/** How an image of another size becomes one of this: cut to its sides, with black bars, or out of proportion. */
export type Fit = "cover" | "contain" | "stretch";

/**
 * Images at another size, bilinear, smoothed before they shrink: as torchvision's resize with `antialias`, and Pillow's BILINEAR
 * but for its rounding to bytes. Weights sum to 1, so that it does not matter whether normalised values are resized or raw ones.
 * @param images [count, height, width, channels]
 */
export function resizeImages(
  images: Float32Array,
  [height, width, channels]: readonly [number, number, number],
  [toHeight, toWidth]: ImageSize,
): Float32Array {
  const count = images.length / (height * width * channels);
  const wide = alongAxis(images, { before: count * height, size: width, after: channels, to: toWidth });
  return alongAxis(wide, { before: count, size: height, after: toWidth * channels, to: toHeight });
}

interface Axis {
  readonly before: number;
  readonly size: number;
  readonly after: number;
  readonly to: number;
}

/** [before, size, after] → [before, to, after] */
function alongAxis(values: Float32Array, { before, size, after, to }: Axis): Float32Array {
  if (size === to) return values;
  const taps = tapsOf(size, to);
  const out = new Float32Array(before * to * after);
  const sums = new Float64Array(after);
  for (let b = 0; b < before; b++)
    for (let i = 0; i < to; i++) {
      const { first, weights } = taps[i] as Taps;
      sums.fill(0);
      for (let k = 0; k < weights.length; k++) {
        const weight = weights[k] as number;
        const from = (b * size + first + k) * after;
        for (let a = 0; a < after; a++) sums[a] = (sums[a] as number) + weight * (values[from + a] as number);
      }
      out.set(sums, (b * to + i) * after);
    }
  return out;
}

interface Taps {
  readonly first: number;
  readonly weights: readonly number[];
}

/** For each place of the result, which places of the original it is made of: a triangle around its centre. */
function tapsOf(size: number, to: number): Taps[] {
  const scale = size / to;
  const reach = Math.max(1, scale);
  return Array.from({ length: to }, (_, i) => {
    const centre = scale * (i + 0.5);
    const first = Math.max(0, Math.floor(centre - reach + 0.5));
    const end = Math.min(size, Math.floor(centre + reach + 0.5));
    const raw = Array.from({ length: end - first }, (_, k) =>
      Math.max(0, 1 - Math.abs((first + k - centre + 0.5) / reach)),
    );
    const sum = raw.reduce((a, b) => a + b, 0);
    return { first, weights: raw.map((weight) => weight / sum) };
  });
}
