const blocks = "▁▂▃▄▅▆▇█";

/**
 * A curve in a given number of characters. Losses fall by orders of magnitude, so heights are logarithmic where all
 * values are positive: on a linear scale one high block and a flat line would remain. A part without values is a space.
 */
export function sparkline(values: ArrayLike<number | null>, width: number): string {
  const heights = resample(values, width);
  const known = heights.filter((value) => value !== null);
  if (known.length === 0) return "";
  const log = known.every((value) => value > 0);
  const height = (value: number) => (log ? Math.log(value) : value);
  const low = height(Math.min(...known));
  const high = height(Math.max(...known));
  return heights
    .map((value) => {
      if (value === null) return " ";
      const share = high > low ? (height(value) - low) / (high - low) : 0.5;
      return blocks[Math.min(blocks.length - 1, Math.floor(share * blocks.length))] ?? " ";
    })
    .join("")
    .trimEnd();
}

/** Means of `width` equal parts; fewer values than that stay as they are. */
function resample(values: ArrayLike<number | null>, width: number): (number | null)[] {
  if (values.length <= width) return Array.from(values);
  return Array.from({ length: width }, (_, column) => {
    const from = Math.floor((column * values.length) / width);
    const to = Math.max(from + 1, Math.floor(((column + 1) * values.length) / width));
    let sum = 0;
    let count = 0;
    for (let i = from; i < to; i++) {
      const value = values[i];
      if (value === null || value === undefined || !Number.isFinite(value)) continue;
      sum += value;
      count++;
    }
    return count === 0 ? null : sum / count;
  });
}

export function lastValue(values: ArrayLike<number | null>): number | undefined {
  for (let i = values.length - 1; i >= 0; i--) {
    const value = values[i];
    if (value !== null && value !== undefined && Number.isFinite(value)) return value;
  }
  return undefined;
}
