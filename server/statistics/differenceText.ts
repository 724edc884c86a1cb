import { grouped, signed } from "../grouped.ts";
import { metricOf } from "../tasks/tasks.ts";
import { isShown, type PairedDifference } from "./pairedDifference.ts";
import type { SplitAnswers } from "./splitAnswers.ts";
import type { Spread } from "./spread.ts";

type Split = SplitAnswers["split"];

/**
 * A difference in a sentence, as in `+1.20 points, 95 % [+0.40, +2.00], McNemar p 0.003, of 1,000 test samples`, or
 * that there is none to be seen.
 */
export function differenceText(difference: PairedDifference, split: Split): string {
  const { interval, mcnemar, metric } = difference;
  const samples = `${grouped(difference.samples)} ${split} samples`;
  if (mcnemar && mcnemar.b + mcnemar.c === 0)
    return `none: both classify the same samples correctly, of ${samples}`;
  const { signed, unit } = unitOf(metric);
  const [low, high] = interval.map(signed);
  const p = mcnemar ? `, McNemar p ${pText(mcnemar.p)}` : "";
  if (!isShown(difference))
    return `no difference that these ${samples} can show: ${low} … ${high} ${unit}${p}`;
  return `${signed(difference.difference)} ${unit}, 95 % ${intervalText(interval, metric)}${p}, of ${samples}`;
}

/** Shorter, as in `+1.20 [+0.40, +2.00] points on test` or `no difference that this test set can show [−0.20, +0.90]`. */
export function briefDifference(difference: PairedDifference, split: Split): string {
  const { signed, unit } = unitOf(difference.metric);
  const interval = intervalText(difference.interval, difference.metric);
  return isShown(difference)
    ? `${signed(difference.difference)} ${interval} ${unit} on ${split}`
    : `no difference that this ${split} set can show ${interval}`;
}

/**
 * A difference over seeds, as in `+1.20 points, 95 % [+0.40, +2.00], Student's t over 5 seeds`, or that they show none.
 * Undefined for a single seed.
 */
export function seedsDifferenceText(spread: Spread, metric?: string): string | undefined {
  const { mean, interval = [], count } = spread;
  const { signed, unit } = unitOf(metric);
  const [low, high] = interval;
  if (low !== undefined && high !== undefined && low <= 0 && high >= 0)
    return `no difference that ${count} seeds can show: ${signed(low)} … ${signed(high)} ${unit}, ${overSeeds(count)}`;
  return seedsText(spread, { text: `${signed(mean)} ${unit}`, end: signed });
}

/** The mean of a metric over seeds in the same form, as in `91.20 %, 95 % [90.40 %, 92.00 %], Student's t over 5 seeds`. */
export const seedsMeanText = (spread: Spread, worded: (value: number) => string): string | undefined =>
  seedsText(spread, { text: worded(spread.mean), end: worded });

function seedsText(
  { interval, count }: Spread,
  { text, end }: { readonly text: string; readonly end: (value: number) => string },
): string | undefined {
  if (count < 2) return undefined;
  if (interval === undefined) return `${text} over ${count} seeds, too few for an interval`;
  return `${text}, 95 % [${interval.map(end).join(", ")}], ${overSeeds(count)}`;
}

const overSeeds = (count: number): string => `Student's t over ${count} seeds`;

/** `[+0.40, +2.00]`, in percentage points where it is of shares. */
function intervalText([low, high]: readonly [number, number], metric?: string): string {
  const { signed } = unitOf(metric);
  return `[${signed(low)}, ${signed(high)}]`;
}

/** What a difference of a metric is counted in; of accuracy when absent. */
function unitOf(metric: string | undefined): {
  readonly signed: (value: number) => string;
  readonly unit: string;
} {
  if (metric === undefined) return { signed: signedPoints, unit: "points" };
  const { format, words, brief = words } = metricOf(metric) ?? { format: "number", words: metric };
  return format === "number"
    ? { signed: signedNumber, unit: brief }
    : { signed: signedPoints, unit: `points of ${brief}` };
}

/** A metric's difference in a table: `+1.20 points`, `−0.4012 RMSE`. */
export function changeText(value: number, metric: string | undefined): string {
  const { signed, unit } = unitOf(metric);
  return `${signed(value)} ${unit}`;
}

const signedNumber = (value: number): string =>
  signed(value, (size) => String(Number(size.toPrecision(4))), "+");

/** Percentage points with their sign: `+1.20`, `−0.20`. */
const signedPoints = (share: number): string =>
  signed(Number((100 * share).toFixed(2)), (size) => size.toFixed(2), "+");

const pText = (p: number): string => (p < 0.001 ? "< 0.001" : String(Number(p.toPrecision(2))));
