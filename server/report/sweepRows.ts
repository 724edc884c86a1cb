import { grouped } from "../grouped.ts";
import { spreadText } from "../statistics/spreadText.ts";
import { metricText } from "../tasks/metricText.ts";
import { taskOfMetrics } from "../tasks/tasks.ts";
import { settingText } from "../terminal/wording.ts";
import type { SweepReport } from "./report.ts";
import { costColumns, metricHead, type ReportTable } from "./rows.ts";

/** The parts of a sweep's report as rows of text. */

export function frontTable({ front, key }: SweepReport): ReportTable {
  const paths = pathsOf(front);
  return {
    head: ["runs", ...paths, "parameters", `validation ${key}`],
    rows: front.map(({ runs, settings, parameters, validation }) => [
      runs.join(", "),
      ...paths.map((path) => settingText(settings[path])),
      grouped(parameters),
      metricText(key, validation),
    ]),
  };
}

/** A row for each combination's student, as mean ± standard deviation over seeds; the head names columns as a run's table does. */
export function studentsTable({ students, key }: SweepReport): ReportTable {
  const paths = pathsOf(students);
  const { shown } = taskOfMetrics({ [key]: 0 });
  const columns: readonly { name: string; head: string; worded: (number: number) => string }[] = [
    ...["validation", "test"].flatMap((split) =>
      shown.map((name) => ({
        name: `${split}.${name}`,
        head: metricHead(split, name),
        worded: (measured: number) => metricText(name, measured),
      })),
    ),
    { name: "parameters", head: "parameters", worded: grouped },
    ...costColumns,
  ];
  const had = columns.filter(({ name }) => students.some(({ measured }) => measured[name] !== undefined));
  const isSeeded = students.some(({ planned }) => planned > 1);
  return {
    head: [...paths, ...(isSeeded ? ["seeds"] : []), ...had.map(({ head }) => head)],
    rows: students.map(({ settings, trained, planned, measured }) => [
      ...paths.map((path) => settingText(settings[path])),
      ...(isSeeded ? [trained < planned ? `${trained} of ${planned}` : String(planned)] : []),
      ...had.map(({ name, worded }) => {
        const spread = measured[name];
        return spread === undefined ? "–" : spreadText(spread, { worded, of: trained });
      }),
    ]),
  };
}

/** A row for each run. */
export function runsTable({ runs, key }: SweepReport): ReportTable {
  const paths = pathsOf(runs);
  const splits = ["validation", "test"].filter((split) =>
    runs.some(({ metrics }) => metrics[`${split}.${key}`] !== undefined),
  );
  return {
    head: ["run", ...paths, "state", "parameters", ...splits.map((split) => `${split} ${key}`)],
    rows: runs.map(({ runId, settings, state = "not begun", halvedAt, parameters, metrics }) => [
      runId,
      ...paths.map((path) => settingText(settings[path])),
      halvedAt === undefined ? state : `halved at epoch ${halvedAt}`,
      parameters === undefined ? "–" : grouped(parameters),
      ...splits.map((split) => {
        const value = metrics[`${split}.${key}`];
        return value === undefined ? "–" : metricText(key, value);
      }),
    ]),
  };
}

/** What varies, in the order of training. */
const pathsOf = (rows: readonly { readonly settings: Readonly<Record<string, unknown>> }[]): string[] => [
  ...new Set(rows.flatMap(({ settings }) => Object.keys(settings))),
];
