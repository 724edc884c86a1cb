import { grouped } from "../grouped.ts";
import { isShown, type PairedDifference } from "./pairedDifference.ts";
import type { SplitAnswers } from "./splitAnswers.ts";
import type { Spread } from "./spread.ts";

type Split = SplitAnswers["split"];

/**
 * A difference in a sentence, as in `+1.20 points, 95 % [+0.40, +2.00], McNemar p 0.003, of 1,000 test samples`, or
 * that there is none to be seen.
 */
export function differenceText(difference: PairedDifference, split: Split): string {
  const { interval, mcnemar } = difference;
  const samples = `${grouped(difference.samples)} ${split} samples`;
  if (mcnemar.b + mcnemar.c === 0) return `none: both classify the same samples correctly, of ${samples}`;
  const [low, high] = interval.map(signedPoints);
  const p = `McNemar p ${pText(mcnemar.p)}`;
  if (!isShown(difference))
    return `no difference that these ${samples} can show: ${low} … ${high} points, ${p}`;
  return `${signedPoints(difference.difference)} points, 95 % ${intervalText(interval)}, ${p}, of ${samples}`;
}

/** Shorter, as in `+1.20 [+0.40, +2.00] points on test` or `no difference that this test set can show [−0.20, +0.90]`. */
export function briefDifference(difference: PairedDifference, split: Split): string {
  const interval = intervalText(difference.interval);
  return isShown(difference)
    ? `${signedPoints(difference.difference)} ${interval} points on ${split}`
    : `no difference that this ${split} set can show ${interval}`;
}

/**
 * A difference over seeds, as in `+1.20 points, 95 % [+0.40, +2.00], Student's t over 5 seeds`, or that they show none.
 * Undefined for a single seed.
 */
export function seedsDifferenceText({ mean, interval, count }: Spread): string | undefined {
  if (interval === undefined) return undefined;
  const [low, high] = interval;
  const found =
    low <= 0 && high >= 0
      ? `no difference that ${count} seeds can show: ${signedPoints(low)} … ${signedPoints(high)} points`
      : `${signedPoints(mean)} points, 95 % ${intervalText(interval)}`;
  return `${found}, Student's t over ${count} seeds`;
}

/** `[+0.40, +2.00]`, in percentage points. */
const intervalText = ([low, high]: readonly [number, number]): string =>
  `[${signedPoints(low)}, ${signedPoints(high)}]`;

/** Percentage points with their sign: `+1.20`, `−0.20`. */
export function signedPoints(share: number): string {
  const points = (100 * share).toFixed(2);
  return Number(points) < 0 ? points.replace("-", "−") : `+${points.replace("-", "")}`;
}

const pText = (p: number): string => (p < 0.001 ? "< 0.001" : String(Number(p.toPrecision(2))));
