import { fit, percentLabel, place, tickLabel, ticks } from "../../../server/chart/scale.ts";
import type { RunSummary } from "../../../server/protocol.ts";
import type { CellValue, Column } from "./columns.ts";

/** A column along one direction of a plot. */
export interface Axis {
  readonly title: string;
  /** From 0 to 1; undefined where the run has no value. */
  readonly at: (run: RunSummary) => number | undefined;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
}

/** With a greatest value this many times the least, as of learning rates, the axis is logarithmic. */
const logFrom = 100;
/** Most texts along an axis that are named. */
const mostNames = 16;

/** Numbers by size, texts one beside the other. */
export function axisOf(column: Column, runs: readonly RunSummary[]): Axis {
  const values = runs.flatMap((run) => column.value(run) ?? []);
  const numbers = values.filter((value) => typeof value === "number");
  return numbers.length === values.length ? numeric(column, numbers) : named(column, values);
}

function numeric(column: Column, values: readonly number[]): Axis {
  const least = Math.min(...values);
  const scale = fit(values, least > 0 && Math.max(...values) / least >= logFrom);
  const isShare = column.kind === "metric" && column.words(0.5).includes("%");
  return {
    title: column.title,
    at: (run) => {
      const value = column.value(run);
      return typeof value === "number" ? (place(scale, value) ?? undefined) : undefined;
    },
    ticks: ticks(scale, 5).map((value) => ({
      at: place(scale, value) ?? 0,
      label: isShare ? percentLabel(value) : tickLabel(value),
    })),
  };
}

function named(column: Column, values: readonly CellValue[]): Axis {
  const names = [...new Set(values.map(String))].sort();
  const at = (index: number) => (index + 0.5) / names.length;
  return {
    title: column.title,
    at: (run) => {
      const value = column.value(run);
      return value === undefined ? undefined : at(names.indexOf(String(value)));
    },
    ticks: names.slice(0, mostNames).map((label, index) => ({ at: at(index), label })),
  };
}
