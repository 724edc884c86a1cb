import { rangeOf } from "../tasks/tasks.ts";
import { meanInterval } from "./meanInterval.ts";

/** A metric measured several times, once per seed. */
export interface Spread {
  readonly mean: number;
  /** Standard deviation of the sample (divided by n − 1); absent for a single run. */
  readonly std?: number;
  /** 95 % interval of the mean by Student's t, within what it can be; absent for two runs, too. */
  readonly interval?: readonly [number, number];
  readonly count: number;
}

/** With two values t is 12.7, and the interval tells of their one difference alone. */
const fewestOfInterval = 3;

/** @param name of a metric, as `<split>.<metric>` */
export function spreadOf(values: readonly number[], name?: string): Spread {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count < 2) return { mean, count };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  const interval =
    count < fewestOfInterval
      ? undefined
      : meanInterval(values, name === undefined ? undefined : rangeOf(name));
  return { mean, std: Math.sqrt(variance), ...(interval ? { interval } : {}), count };
}

/** Of each number that at least one of them has. */
export function spreadsOf(all: readonly Readonly<Record<string, number>>[]): Record<string, Spread> {
  const names = new Set(all.flatMap(Object.keys));
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      spreadOf(
        all.flatMap((own) => own[name] ?? []),
        name,
      ),
    ]),
  );
}
