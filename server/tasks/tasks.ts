import { classification } from "./classification.ts";
import { multiLabel } from "./multiLabel.ts";
import { regression } from "./regression.ts";
import type { Metric, Task } from "./task.ts";

/** Every task. What is trained, measured, told and exported follows from a row. */
export const tasks = { classification, multiLabel, regression } as const satisfies Readonly<
  Record<string, Task>
>;

export type TaskName = keyof typeof tasks;

export const taskNames = Object.keys(tasks) as TaskName[];

/** Absent: the task of a classification is seldom said. */
export const taskOf = (name: TaskName = "classification"): Task => tasks[name];

const all: readonly Task[] = Object.values(tasks);

/** The metrics of all tasks, by name. One of the same name is the same in each. */
export const metrics: Readonly<Record<string, Metric>> = Object.assign(
  {},
  ...all.map((task) => task.metrics),
);

/** What is known of a metric by its name alone, which may have a split before it: `accuracy`, `test.accuracy`. */
export const metricOf = (name: string): Metric | undefined => metrics[name.slice(name.lastIndexOf(".") + 1)];

export const isFalling = (name: string): boolean => metricOf(name)?.better === "lower";

/**
 * The task that these are metrics of: its key is among them. Of none it is classification.
 * @param before what stands before a metric's name, as in `validation.`
 */
export const taskOfMetrics = (measured: Readonly<Record<string, unknown>>, before = ""): Task =>
  all.find(({ key }) => measured[before + key] !== undefined) ?? classification;

/** The same of metrics by `<split>.<metric>`. */
export const taskOfSplits = (measured: Readonly<Record<string, unknown>>): Task =>
  all.find(({ key }) => Object.keys(measured).some((name) => name.endsWith(`.${key}`))) ?? classification;

/** What a gain of the student over itself alone is called among metrics: `gain` of accuracy, `gain.rmse`. */
export const gainName = (metric: string | undefined): string =>
  metric === undefined ? "gain" : `gain.${metric}`;

const anything = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;

/** What a metric by `<split>.<metric>`, or a gain of one, may be: a share 0 … 1, an error 0 or more. */
export function rangeOf(name: string): readonly [least: number, most: number] {
  const gained = /(^|\.)gain(\.|$)(?<metric>.*)/.exec(name)?.groups?.["metric"];
  if (gained !== undefined) {
    const [least, most] = rangeOf(gained || "accuracy");
    return Number.isFinite(most - least) ? [least - most, most - least] : anything;
  }
  const { format, better } = metricOf(name) ?? {};
  if (format === "percent") return [0, 1];
  return better === "lower" ? [0, Number.POSITIVE_INFINITY] : anything;
}

/** The keys of all tasks. */
export const keyMetrics: readonly string[] = all.map(({ key }) => key);
