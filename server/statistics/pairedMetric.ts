import type { PairedDifference } from "./pairedDifference.ts";

/** A metric that follows from sums over samples, as a root mean square or an F1. */
export interface SummedMetric {
  readonly metric: string;
  /** @param sums of each number that is kept of a sample */
  readonly of: (sums: readonly number[], samples: number) => number;
}

/** Of so many drawings the ends of a 95 % interval deviate by 2 % of its width; many samples need fewer. */
const mostDrawings = 2000;
const leastDrawings = 200;
const mostDraws = 4e7;

/**
 * The difference of a metric of two models on the same samples, with the percentile interval of the paired bootstrap (Efron and
 * Tibshirani 1993, An Introduction to the Bootstrap, chapter 13): samples are redrawn with replacement, each with the numbers of
 * both. Drawn with one seed for all, so that the same numbers have the same interval on every machine.
 * @param first numbers of each sample, [samples, numbers]
 */
export function pairedMetric(
  first: Float32Array,
  second: Float32Array,
  { samples, metric, of }: SummedMetric & { readonly samples: number },
): PairedDifference {
  const each = first.length / samples;
  const sums = () => [new Float64Array(each), new Float64Array(each)] as const;
  const differenceOf = (rowOf: () => number) => {
    const [a, b] = sums();
    for (let i = 0; i < samples; i++) {
      const start = rowOf() * each;
      for (let k = 0; k < each; k++) {
        a[k] = (a[k] as number) + (first[start + k] as number);
        b[k] = (b[k] as number) + (second[start + k] as number);
      }
    }
    return of([...a], samples) - of([...b], samples);
  };
  let row = 0;
  const difference = differenceOf(() => row++);
  const next = drawsBelow(samples);
  const drawings = Math.max(leastDrawings, Math.min(mostDrawings, Math.floor(mostDraws / samples)));
  const drawn = Float64Array.from({ length: drawings }, () => differenceOf(next)).sort();
  const percentile = (share: number) => drawn[Math.round(share * (drawings - 1))] as number;
  return { samples, metric, difference, interval: [percentile(0.025), percentile(0.975)] };
}

/** Numbers from 0 to below `count` (xorshift32, Marsaglia 2003). */
function drawsBelow(count: number): () => number {
  let state = 0x9e3779b9;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.floor(((state >>> 0) / 2 ** 32) * count);
  };
}
