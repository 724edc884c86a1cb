import { fit, percentLabel, place, tickLabel, ticks } from "../../../server/chart/scale.ts";
import type { RunSummary } from "../../../server/protocol.ts";
import type { CellValue, Column } from "./columns.ts";

/** A column along one direction of a plot. */
export interface Axis {
  readonly title: string;
  /** From 0 to 1; undefined where the run has no value. */
  readonly at: (run: RunSummary) => number | undefined;
  readonly placeOf: (value: CellValue) => number | undefined;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
}

/** With a greatest value this many times the least, as of learning rates, the axis is logarithmic. */
const logFrom = 100;
/** Most texts along an axis that are named. */
const mostNames = 16;

/**
 * Numbers by size, texts one beside the other.
 * @param marked a number that is not a run's, and has its place as well
 */
export function axisOf(column: Column, runs: readonly RunSummary[], marked?: number): Axis {
  const values = runs.flatMap((run) => column.value(run) ?? []);
  const numbers = values.filter((value) => typeof value === "number");
  const placed =
    numbers.length === values.length
      ? numeric(column, marked === undefined ? numbers : [...numbers, marked])
      : named(values);
  return {
    ...placed,
    title: column.title,
    at: (run) => {
      const value = column.value(run);
      return value === undefined ? undefined : placed.placeOf(value);
    },
  };
}

type Places = Pick<Axis, "placeOf" | "ticks">;

function numeric(column: Column, values: readonly number[]): Places {
  const least = Math.min(...values);
  const scale = fit(values, least > 0 && Math.max(...values) / least >= logFrom);
  const isShare = column.kind === "metric" && column.words(0.5).includes("%");
  return {
    placeOf: (value) => (typeof value === "number" ? (place(scale, value) ?? undefined) : undefined),
    ticks: ticks(scale, 5).map((value) => ({
      at: place(scale, value) ?? 0,
      label: isShare ? percentLabel(value) : tickLabel(value),
    })),
  };
}

function named(values: readonly CellValue[]): Places {
  const names = [...new Set(values.map(String))].sort();
  const at = (index: number) => (index + 0.5) / names.length;
  return {
    placeOf: (value) => at(names.indexOf(String(value))),
    ticks: names.slice(0, mostNames).map((label, index) => ({ at: at(index), label })),
  };
}
