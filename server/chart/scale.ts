import { signed } from "../grouped.ts";

/** Positions of values on an axis, and its ticks. Pure; every drawing uses it. */
export interface Scale {
  readonly min: number;
  readonly max: number;
  readonly log: boolean;
}

/** Position in [0, 1] between the scale's ends; null for a value ≤ 0 on a log scale. */
export const place = (scale: Scale, value: number): number | null => placing(scale)(value);

/** The same of many values on one scale. */
export function placing({ min, max, log }: Scale): (value: number) => number | null {
  if (!log) return (value) => (value - min) / (max - min);
  const from = Math.log(min);
  const width = Math.log(max) - from;
  return (value) => (value <= 0 ? null : (Math.log(value) - from) / width);
}

/**
 * Ends that contain all values, with a margin. A log scale counts positive values only; without any it falls back to a
 * decade around 1.
 */
export function fit(values: Iterable<number | null | undefined>, log = false): Scale {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value === null || value === undefined || !Number.isFinite(value) || (log && value <= 0)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return air(min, max, log);
}

/** The scale between two given ends. */
export function air(min: number, max: number, log: boolean): Scale {
  if (!(min <= max)) return log ? { min: 0.1, max: 10, log } : { min: 0, max: 1, log };
  if (log) {
    const margin = Math.max(1.05, (max / min) ** 0.04);
    return { min: min / margin, max: max * margin, log };
  }
  const margin = max > min ? (max - min) * 0.05 : Math.abs(max) * 0.1 || 0.5;
  // Losses and rates are never negative; an axis that dips below 0 for its margin would suggest that they can be.
  return { min: min >= 0 && min < margin ? 0 : min - margin, max: max + margin, log };
}

/** About `wanted` round values inside the scale. */
export function ticks(scale: Scale, wanted: number): number[] {
  return scale.log ? logTicks(scale, wanted) : linearTicks(scale, wanted);
}

function linearTicks({ min, max }: Scale, wanted: number): number[] {
  const rough = (max - min) / Math.max(1, wanted);
  if (!(rough > 0) || !Number.isFinite(rough)) return [];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const found: number[] = [];
  for (let at = Math.ceil(min / step); at * step <= max + step * 1e-9; at++) {
    found.push(Number((at * step).toPrecision(12)));
  }
  return found;
}

function logTicks(scale: Scale, wanted: number): number[] {
  const decades = Math.log10(scale.max / scale.min);
  // Below a decade and a half, powers of ten alone give one tick or none.
  if (decades < 0.5) return linearTicks(scale, wanted).filter((tick) => tick > 0);
  const factors = decades < 2.2 ? [1, 2, 5] : decades < 4 ? [1, 3] : [1];
  const every = Math.max(1, Math.ceil(decades / wanted));
  const found: number[] = [];
  for (let power = Math.floor(Math.log10(scale.min)); power <= Math.ceil(Math.log10(scale.max)); power++) {
    if (((power % every) + every) % every !== 0) continue;
    for (const factor of factors) {
      const tick = Number((factor * 10 ** power).toPrecision(12));
      if (tick >= scale.min && tick <= scale.max) found.push(tick);
    }
  }
  return found;
}

/** The shortest labels with which no two ticks read the same. */
export function tickLabel(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (value < 0) return signed(value, tickLabel);
  if (size >= 1e9) return short(value.toExponential(3));
  if (size >= 1e6) return `${trim(value / 1e6)}M`;
  if (size >= 1e4) return `${trim(value / 1e3)}k`;
  if (size < 1e-3) return short(value.toExponential(1));
  return trim(value);
}

/** `1.200e+9` → `1.2e9`. */
const short = (exponential: string): string => exponential.replace(/\.?0*e\+?/, "e");

/** `0.875` → `87.5%`. */
export const percentLabel = (share: number): string =>
  signed(share, (size) => `${Number((size * 100).toPrecision(4))}%`);

/** `412.3 MB`, `1.204 GB`; fewer than a megabyte as a plain number. */
export function bytesLabel(bytes: number): string {
  if (bytes >= 1e9) return `${trim(bytes / 1e9)} GB`;
  return bytes >= 1e6 ? `${trim(bytes / 1e6)} MB` : tickLabel(bytes);
}

const trim = (value: number): string => String(Number(value.toPrecision(4)));
