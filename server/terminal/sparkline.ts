const bars = "▁▂▃▄▅▆▇█";

/**
 * The values as a row of bars, at most `width` of them: each bar is the mean of its share of the values, scaled between
 * the smallest and the largest bar. Values that are not finite leave a gap.
 */
export function sparkline(values: readonly number[], width: number): string {
  const count = Math.min(width, values.length);
  const means = Array.from({ length: count }, (_, bar) => {
    const share = values.slice(
      Math.floor((bar * values.length) / count),
      Math.floor(((bar + 1) * values.length) / count),
    );
    const finite = share.filter(Number.isFinite);
    return finite.reduce((sum, value) => sum + value, 0) / finite.length;
  });
  const finite = means.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  return means
    .map((mean) => {
      if (!Number.isFinite(mean)) return " ";
      const height = high > low ? (mean - low) / (high - low) : 0;
      return bars[Math.min(bars.length - 1, Math.floor(height * bars.length))];
    })
    .join("");
}
