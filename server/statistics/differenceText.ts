import { isShown, type PairedDifference } from "./pairedDifference.ts";

/**
 * A difference in a sentence, as in `+1.20 points, 95 % [0.40, 2.00], McNemar p 0.003, of 1,000 test samples`, or that there is
 * none to be seen.
 */
export function differenceText(
  difference: PairedDifference,
  { split }: { readonly split: "test" | "validation" },
): string {
  const { samples, interval, mcnemar } = difference;
  const counted = `${samples.toLocaleString("en-US")} ${split} samples`;
  if (mcnemar.b + mcnemar.c === 0) return `none: both are right on the same of ${counted}`;
  const [low, high] = interval;
  const p = `McNemar p ${pText(mcnemar.p)}`;
  if (!isShown(difference))
    return `no difference that these ${counted} can show: ${signed(low)} … ${signed(high)} points, ${p}`;
  return `${signed(difference.difference)} points, ${intervalText(interval)}, ${p}, of ${counted}`;
}

/** `95 % [0.40, 2.00]`, in percentage points. */
export const intervalText = ([low, high]: readonly [number, number]): string =>
  `95 % [${points(low)}, ${points(high)}]`;

/** Percentage points with their sign: `+1.20`, `−0.20`. */
export const signed = (share: number): string => `${share >= 0 ? "+" : ""}${points(share)}`;

const points = (share: number): string => (100 * share).toFixed(2).replace("-", "−");

const pText = (p: number): string => (p < 0.001 ? "< 0.001" : String(Number(p.toPrecision(2))));
