import { binomial, type Distribution } from "./binomial.ts";

/** Difference of two models on the same samples. */
export interface PairedDifference {
  readonly samples: number;
  /** What differs; absent: accuracy. */
  readonly metric?: string | undefined;
  /** That of the first minus that of the second. */
  readonly difference: number;
  /** 95 % interval of the difference. */
  readonly interval: readonly [number, number];
  /** Of answers that are right or wrong. */
  readonly mcnemar?: {
    /** Samples that only the first classifies correctly. */
    readonly b: number;
    /** Samples that only the second classifies correctly. */
    readonly c: number;
    /** Probability that b and c differ at least as much, if both were equally good. */
    readonly p: number;
  };
}

/** Confidence level of an interval. */
const confidence = 0.95;

/** The difference of two classifiers, with its uncertainty. Samples with a label below 0 (unknown) are left out. */
export function pairedDifference(
  labels: ArrayLike<number>,
  first: ArrayLike<number>,
  second: ArrayLike<number>,
): PairedDifference & Required<Pick<PairedDifference, "mcnemar">> {
  let [samples, b, c] = [0, 0, 0];
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] as number;
    if (label < 0) continue;
    samples += 1;
    const [isFirst, isSecond] = [first[i] === label, second[i] === label];
    if (isFirst && !isSecond) b += 1;
    if (isSecond && !isFirst) c += 1;
  }
  return {
    samples,
    difference: (b - c) / samples,
    interval: pairedBootstrap({ samples, b, c }),
    mcnemar: { b, c, p: mcnemar(b, c) },
  };
}

interface Counts {
  readonly samples: number;
  readonly b: number;
  readonly c: number;
}

/**
 * Percentile interval of the paired bootstrap (Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter
 * 13): samples are redrawn with replacement, each with the answers of both.
 *
 * A sample counts 1, −1 or 0, so a redraw of all has D of the first two kinds, D ~ Binomial(n, (b + c) / n), and of
 * these B of the first, B ~ Binomial(D, b / (b + c)). The distribution of (2B − D) / n is summed up instead of sampled:
 * these are the percentiles that infinitely many redraws tend to, the same on every machine.
 */
export function pairedBootstrap({ samples, b, c }: Counts): readonly [number, number] {
  const differing = b + c;
  if (differing === 0) return [0, 0];
  const least = 1e-18; // relative to the mode: far below the percentiles
  const drawings = binomial(samples, differing / samples, least);
  const most = drawings.first + drawings.probabilities.length - 1;
  const likely = new Float64Array(2 * most + 1); // of each difference from −most on
  eachOf(drawings, (drawn, probability) => {
    eachOf(binomial(drawn, b / differing, least), (won, share) => {
      const at = most + 2 * won - drawn;
      likely[at] = (likely[at] as number) + probability * share;
    });
  });
  const percentile = (share: number) => {
    let below = 0;
    const at = likely.findIndex((probability) => {
      below += probability;
      return below >= share;
    });
    return (at - most) / samples;
  };
  return [percentile((1 - confidence) / 2), percentile((1 + confidence) / 2)];
}

/**
 * McNemar 1947, in its exact form: if both were equally good, each sample that only one classifies correctly would be
 * as likely the first's as the second's, b ~ Binomial(b + c, 1/2). Two-sided. Needs no approximation by χ², however
 * large the counts.
 */
export function mcnemar(b: number, c: number): number {
  if (b === c) return 1;
  let tail = 0;
  eachOf(binomial(b + c, 0.5), (count, likely) => {
    if (count <= Math.min(b, c)) tail += likely;
  });
  return Math.min(1, 2 * tail);
}

/**
 * Whether a difference is significant. Requires both: with few differing samples the bootstrap's interval is too narrow
 * (for 4 : 0 it excludes 0, while McNemar's p is 0.125).
 */
export const isShown = ({ interval: [low, high], mcnemar }: PairedDifference): boolean =>
  (low > 0 || high < 0) && (mcnemar === undefined || mcnemar.p < 1 - confidence);

function eachOf(
  { first, probabilities }: Distribution,
  visit: (count: number, probability: number) => void,
): void {
  for (let i = 0; i < probabilities.length; i++) visit(first + i, probabilities[i] as number);
}
