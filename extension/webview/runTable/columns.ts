import { duration } from "../../../server/duration.ts";
import { brief, grouped } from "../../../server/grouped.ts";
import type { RunSummary, SettingsTable } from "../../../server/protocol.ts";
import { changeText } from "../../../server/statistics/differenceText.ts";
import { metricText } from "../../../server/tasks/metricText.ts";
import { metricOf } from "../../../server/tasks/tasks.ts";
import { metricWords, number, startWords } from "../../runs/wording.ts";
import { metricNames } from "../metricNames.ts";

export type CellValue = number | string;

/** A column beside name and state. */
export interface Column {
  readonly id: string;
  readonly title: string;
  readonly kind: "metric" | "setting" | "fact";
  readonly value: (run: RunSummary) => CellValue | undefined;
  readonly words: (value: CellValue, run?: RunSummary) => string;
  /** How much more than another value, of numbers; absent where a difference says nothing. */
  readonly more?: (by: number) => string;
}

/** Settings as the server has sent them for these runs. */
export interface KnownSettings {
  readonly directories: readonly string[];
  readonly table: SettingsTable;
}

/** Metrics first, then the settings in which runs differ, then costs. */
export function columnsOf(runs: readonly RunSummary[], settings: KnownSettings | undefined): Column[] {
  return [
    ...metricNames(runs).map(metricColumn),
    ...(runs.some(({ gain }) => gain !== undefined) ? [gain] : []),
    ...(settings === undefined ? [] : settingColumns(settings)),
    ...facts.filter(({ value }) => runs.some((run) => value(run) !== undefined)),
  ];
}

const metricColumn = (name: string): Column => ({
  id: name,
  title: metricWords(name),
  kind: "metric",
  value: ({ metrics }) => metrics[name],
  words: (value) => (typeof value === "number" ? metricText(name, value) : value),
  more: (by) => changeText(by, metricOf(name) && name.slice(name.lastIndexOf(".") + 1)),
});

const gain: Column = {
  id: "gain",
  title: "student − alone",
  kind: "metric",
  value: (run) =>
    run.gain === undefined ? undefined : (run.metrics[`${run.gain.split}.gain`] ?? run.gain.brief),
  words: (value, run) => run?.gain?.brief ?? (typeof value === "number" ? metricText("gain", value) : value),
};

function settingColumns({ directories, table }: KnownSettings): Column[] {
  const rows = new Map(directories.map((directory, row) => [directory, row]));
  return table.differ.map(({ path, values, of }) => ({
    id: `setting ${path}`,
    title: path,
    kind: "setting",
    value: ({ directory }) => {
      const value = values[of[rows.get(directory) ?? -1] ?? -1];
      return value === undefined || typeof value === "number" ? value : String(value);
    },
    words: (value) => (typeof value === "number" ? number(value) : value),
  }));
}

const facts: readonly Column[] = [
  fact(
    "parameters",
    (run) => run.parameters,
    (value) => grouped(Number(value)),
  ),
  fact(
    "latency",
    (run) => run.latencyMs,
    (value) => `${brief(Number(value))} ms`,
  ),
  fact(
    "FLOPs",
    (run) => run.flops,
    (value) => grouped(Number(value)),
  ),
  fact(
    "elapsed",
    (run) => (run.state === "unreadable" ? undefined : run.elapsedSeconds),
    (value) => duration(Number(value)),
  ),
  fact(
    "started",
    (run) => run.startedAt,
    (value) => startWords(String(value)),
  ),
];

function fact(name: string, value: Column["value"], words: (value: CellValue) => string): Column {
  return { id: name, title: name, kind: "fact", value, words };
}
