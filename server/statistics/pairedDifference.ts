import { binomial, type Distribution } from "./binomial.ts";

/** Of two classifiers that answered the same samples. */
export interface PairedDifference {
  readonly samples: number;
  /** Accuracy of the first less that of the second. */
  readonly difference: number;
  /** 95 % interval of the difference. */
  readonly interval: readonly [number, number];
  readonly mcnemar: {
    /** Samples that only the first has right. */
    readonly b: number;
    /** Samples that only the second has right. */
    readonly c: number;
    /** How likely it is, were they equally good, that b and c differ as much or more. */
    readonly p: number;
  };
}

/** How sure an interval is. */
const confidence = 0.95;

/** The difference of two classifiers, as sure as these samples make it. Labels below 0 are unknown, and left out. */
export function pairedDifference(
  labels: ArrayLike<number>,
  first: ArrayLike<number>,
  second: ArrayLike<number>,
): PairedDifference {
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
 * Percentile interval of the paired bootstrap (Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 13): the
 * samples are drawn anew, with replacement, each with the answers of both.
 *
 * A sample counts 1, −1 or 0, so that a draw of all has D of the first two kinds, D ~ Binomial(n, (b + c) / n), and of
 * these B of the first, B ~ Binomial(D, b / (b + c)). The distribution of (2B − D) / n is summed up in place of drawing from
 * it: these are the percentiles that infinitely many draws tend to, and the same on every machine.
 */
export function pairedBootstrap({ samples, b, c }: Counts): readonly [number, number] {
  const differing = b + c;
  if (differing === 0) return [0, 0];
  const least = 1e-18; // of what is likeliest: far below the percentiles
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
 * McNemar 1947, in its exact form: were both equally good, each sample that only one has right would be as likely to be the
 * first's as the second's, b ~ Binomial(b + c, 1/2). Two-sided. No approximation by χ² is needed, however many there are.
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
 * Whether a difference is one. Both are asked: where few samples differ, the bootstrap's interval is too narrow (of 4 : 0 it
 * leaves 0 out, of which McNemar's p is 0.125).
 */
export const isShown = ({ interval: [low, high], mcnemar: { p } }: PairedDifference): boolean =>
  (low > 0 || high < 0) && p < 1 - confidence;

function eachOf(
  { first, probabilities }: Distribution,
  visit: (count: number, probability: number) => void,
): void {
  for (let i = 0; i < probabilities.length; i++) visit(first + i, probabilities[i] as number);
}
