import type { Trace } from "./trace.ts";

/**
 * The mean of several runs as one trace, at the points of the longest, with one standard deviation of the sample (divided by
 * n − 1) below and above. A run counts from its first point to its last; between two points it is a straight line.
 */
export function meanOf(traces: readonly Trace[], run: string): Trace | undefined {
  const [first] = traces;
  if (first === undefined || traces.length === 1) return first && { ...first, run };
  const longest = traces.reduce((a, b) => ((b.x.at(-1) ?? 0) > (a.x.at(-1) ?? 0) ? b : a));
  const low: (number | null)[] = [];
  const high: (number | null)[] = [];
  const last: (number | null)[] = [];
  const reading = traces.map((trace) => ({ trace, at: 0 }));
  for (const x of longest.x) {
    const values = reading.flatMap((one) => valueAt(one, x) ?? []);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const std = values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1));
    const isKnown = values.length > 0;
    low.push(isKnown ? mean - std : null);
    high.push(isKnown ? mean + std : null);
    last.push(isKnown ? mean : null);
  }
  return { ...first, run, x: longest.x, low, high, last, isBand: true };
}

/** Reads forward: x never decreases from call to call. */
function valueAt(one: { readonly trace: Trace; at: number }, x: number): number | null {
  const { x: xs, last } = one.trace;
  while ((xs[one.at + 1] ?? Number.POSITIVE_INFINITY) <= x) one.at++;
  const [from, to] = [xs[one.at], xs[one.at + 1]];
  const value = last[one.at] ?? null;
  if (from === undefined || x < from || value === null) return null;
  if (x === from) return value;
  const next = last[one.at + 1] ?? null;
  return to === undefined || next === null ? null : value + ((next - value) * (x - from)) / (to - from);
}
