import { grouped } from "../grouped.ts";
import { metricText, settingText } from "../terminal/wording.ts";
import type { SweepReport } from "./report.ts";
import type { ReportTable } from "./rows.ts";

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
export const pathsOf = (
  rows: readonly { readonly settings: Readonly<Record<string, unknown>> }[],
): string[] => [...new Set(rows.flatMap(({ settings }) => Object.keys(settings)))];
