/** Median with the tenth and ninetieth percentile: a row of times. */
export interface Spread {
  readonly median: number;
  readonly p10: number;
  readonly p90: number;
  readonly count: number;
}

export function spread(values: readonly number[]): Spread {
  return {
    median: quantile(values, 0.5),
    p10: quantile(values, 0.1),
    p90: quantile(values, 0.9),
    count: values.length,
  };
}

/** The quantile `q` of the values, by linear interpolation. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return rounded(low + (high - low) * (at - Math.floor(at)));
}

export const rounded = (value: number) => Number(value.toPrecision(4));

export const format = ({ median, p10, p90 }: Spread) => `${median} (${p10}–${p90})`;
