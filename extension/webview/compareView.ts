import { duration } from "../../server/duration.ts";
import { grouped } from "../../server/grouped.ts";
import type { RunSummary } from "../../server/protocol.ts";
import { spreadOf } from "../../server/statistics/spread.ts";
import { metricText } from "../../server/tasks/metricText.ts";
import { isFalling, taskOfSplits } from "../../server/tasks/tasks.ts";
import type { Parameters, RunDetails } from "../panel/messages.ts";
import {
  cautions,
  fullName,
  keysOf,
  metricWords,
  nameAmong,
  number,
  rowName,
  rowWords,
  settingWords,
  workWords,
} from "../runs/wording.ts";
import { breakable, element, swatch } from "./dom.ts";
import { heatMapOf, heatMapView } from "./heatMap.ts";
import { metricNames } from "./metricNames.ts";
import type { ShownRun } from "./page.ts";
import { seedsGain } from "./seedsGain.ts";

/** Keys that columns or the file's name already show, or that are the same for every run compared. */
const leftOut = /^(\$schema|name|description|tags)(\[|$)/;

/** A run in the table. */
export interface Row {
  readonly shown: ShownRun;
  readonly details: RunDetails | undefined;
  /** A run's parameters: of a sweep what varies, else the leaves of its experiment, once they are read; none where they cannot be. */
  readonly parameters: Parameters | undefined;
}

/**
 * Runs side by side: what their sweep has found, metrics, which a narrow panel shows, then the parameters that differ, gain and costs.
 * @param answers what sweeps have found, by their directories
 */
export function compareView(
  runs: readonly ShownRun[],
  details: ReadonlyMap<string, RunDetails>,
  answers: Readonly<Record<string, string>>,
): HTMLElement {
  const isSweep = areOfOneSweep(runs);
  const answer = isSweep ? answers[runs[0]?.run.member?.sweep ?? ""] : undefined;
  // Not every run has every parameter of its sweep.
  const settings = Object.assign({}, ...runs.map(({ run }) => run.member?.settings));
  const nameOf = isSweep ? rowName : nameAmong(runs.map(({ run }) => run));
  const inOrder = isSweep ? runs.toSorted((a, b) => indexOf(a) - indexOf(b)) : runs;
  const rows = inOrder.map((shown) => {
    const own = details.get(shown.run.directory);
    const settings = isSweep ? settingsOf(shown) : own?.parameters;
    return { shown, details: own, parameters: settings && { ...settings, ...shown.run.sources } };
  });
  const changed = changedParameters(rows);
  const metrics = metricNames(runs.map(({ run }) => run));
  const head = (text: string, more = {}) =>
    element("th", { attributes: { scope: "col" }, ...more }, breakable(text));
  const metricHead = (name: string) => {
    const words = metricWords(name);
    return head(words.replace("validation", "val"), { title: words }); // A narrow panel has room for few columns.
  };
  const table = element("table", { class: "compare" }, [
    element("caption", {}, [
      answer !== undefined && element("span", { class: "answer", text: answer }),
      element("span", { text: caption(rows) }),
    ]),
    element("thead", {}, [
      element("tr", {}, [
        head(isSweep ? keysOf(settings).join(" · ") : "Run"),
        ...metrics.map(metricHead),
        ...changed.map((name) => head(name, { class: "parameter" })),
        ...["student − alone", "parameters", "latency", "elapsed"].map((text) => head(text)),
      ]),
    ]),
    element(
      "tbody",
      {},
      rows.map((row) => runRow(row, { changed, metrics, rows, nameOf })),
    ),
    element("tfoot", {}, seedRows(rows, changed, metrics)),
  ]);
  const map = heatMapOf(
    rows.flatMap(({ shown, parameters }) =>
      parameters === undefined ? [] : [{ metrics: shown.run.metrics, parameters }],
    ),
    changed,
  );
  return element("div", { class: "scroll" }, [table, map && heatMapView(map, runs)]);
}

/** Within a sweep only what it varies is listed, not what follows from that in the experiment. */
function areOfOneSweep([first, ...others]: readonly ShownRun[]): boolean {
  const sweep = first?.run.member?.sweep;
  return sweep !== undefined && others.every(({ run }) => run.member?.sweep === sweep);
}

const indexOf = ({ run }: ShownRun): number => run.member?.index ?? 0;

function settingsOf({ run }: ShownRun): Parameters {
  const settings = Object.entries(run.member?.settings ?? {});
  return Object.fromEntries(
    settings.map(([path, value]) => [
      path,
      typeof value === "number" || typeof value === "boolean" ? value : settingWords(value),
    ]),
  );
}

function runRow(
  { shown, details, parameters }: Row,
  {
    changed,
    metrics,
    rows,
    nameOf,
  }: {
    changed: readonly string[];
    metrics: readonly string[];
    rows: readonly Row[];
    nameOf: (run: RunSummary) => string;
  },
): HTMLTableRowElement {
  const { run } = shown;
  return element("tr", {}, [
    element("th", { attributes: { scope: "row" }, title: `${fullName(run)}\n${run.id}` }, [
      swatch(shown.colour, shown.dash),
      element("span", { class: "name", text: nameOf(run) }),
      ...cautionsOf(run, details).map((text) => element("span", { class: "caution", text })),
      run.state !== "completed" && standing(run),
    ]),
    ...metrics.map((name) => {
      const value = run.metrics[name];
      const best =
        value !== undefined && rows.length > 1 && isChoice(rows, name) && value === bestOf(rows, name);
      return element("td", {
        text: value === undefined ? "–" : metricText(name, value),
        ...(best ? { class: "best", title: "the best of these runs" } : {}),
      });
    }),
    ...changed.map((name) => element("td", { class: "parameter", text: parameterWords(parameters?.[name]) })),
    element("td", {
      class: "gain",
      text: run.gain?.brief ?? "–",
      ...(run.gain ? { title: run.gain.text } : {}),
    }),
    element("td", { text: sizeWords(run.parameters, details) }),
    element("td", { text: details?.latencyMs === undefined ? "–" : `${number(details.latencyMs)} ms` }),
    element("td", {
      text: run.state === "unreadable" ? "–" : duration(run.elapsedSeconds),
      ...(details?.waitingForData === undefined
        ? {}
        : {
            title: `waiting for data: ${(100 * details.waitingForData).toFixed(1)} % of the steps' time`,
          }),
    }),
  ]);
}

/** What is damaged names a file with its path, which of a run that cannot be read only the tooltip has room for. */
const cautionsOf = (run: RunSummary, details: RunDetails | undefined): string[] =>
  details?.damage === undefined || run.state === "unreadable"
    ? cautions(run)
    : [...cautions(run), details.damage];

const standing = (run: RunSummary): HTMLElement =>
  run.state === "unreadable"
    ? element("span", { class: "standing unreadable", text: rowWords(run), title: run.message ?? "" })
    : element("span", { class: `standing ${run.state}`, text: workWords(run) });

/** Parameters in which at least two runs differ. */
function changedParameters(rows: readonly Row[]): string[] {
  const known = rows.flatMap(({ parameters }) => (parameters === undefined ? [] : [parameters]));
  const names = new Set(known.flatMap((parameters) => Object.keys(parameters)));
  return [...names].filter(
    (name) => !leftOut.test(name) && new Set(known.map((parameters) => parameters[name])).size > 1,
  );
}

/** Where runs have validation, the test split only reports: nothing is chosen by it. */
const isChoice = (rows: readonly Row[], name: string): boolean =>
  !name.startsWith("test.") ||
  rows.every(
    ({ shown }) => shown.run.metrics[`validation.${taskOfSplits(shown.run.metrics).key}`] === undefined,
  );

function bestOf(rows: readonly Row[], name: string): number | undefined {
  const values = rows.flatMap(({ shown }) => shown.run.metrics[name] ?? []);
  if (values.length < 2) return undefined;
  return isFalling(name) ? Math.min(...values) : Math.max(...values);
}

/**
 * Runs that differ only in their seed are one experiment: their mean and standard deviation follow in a row of their
 * own.
 */
function seedRows(
  rows: readonly Row[],
  changed: readonly string[],
  metrics: readonly string[],
): HTMLTableRowElement[] {
  return seedGroups(rows).map((group) => {
    const [{ shown, parameters }] = group;
    return element("tr", {}, [
      element("th", { text: `${shown.run.name}, ${group.length} seeds`, attributes: { scope: "row" } }),
      ...metrics.map((name) => {
        const values = group.flatMap(({ shown }) => shown.run.metrics[name] ?? []);
        return element("td", { text: values.length < 2 ? "–" : spread(name, values) });
      }),
      ...changed.map((name) =>
        element("td", {
          class: "parameter",
          text: name === "seed" ? "mean ± std" : parameterWords(parameters?.[name]),
        }),
      ),
      element("td", { class: "gain", text: seedsGain(group.map(({ shown }) => shown.run)) ?? "–" }),
      ...["", "", ""].map((text) => element("td", { text })),
    ]);
  });
}

/** The first of the runs with the same seed, which have the same result. */
function seedGroups(rows: readonly Row[]): [Row, ...Row[]][] {
  const groups = new Map<string, [Row, ...Row[]]>();
  for (const row of rows) {
    if (row.parameters === undefined) continue;
    const { seed, ...others } = row.parameters;
    const key = JSON.stringify([
      row.shown.run.experiment,
      Object.entries(others).filter(([name]) => !leftOut.test(name)),
    ]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else if (group.every(({ parameters }) => parameters?.["seed"] !== seed)) group.push(row);
  }
  return [...groups.values()].filter(({ length }) => length > 1);
}

function spread(name: string, values: readonly number[]): string {
  const { mean, std = 0 } = spreadOf(values);
  return `${metricText(name, mean)} ± ${metricText(name, std).replace("+", "")}`;
}

function sizeWords(student: number | undefined, details: RunDetails | undefined): string {
  if (student === undefined) return "–";
  const { trees, supportVectors } = details?.teacherLearned ?? {};
  if (trees !== undefined) return `${grouped(student)} (teacher: ${grouped(trees)} trees)`;
  if (supportVectors !== undefined)
    return `${grouped(student)} (teacher: ${grouped(supportVectors)} vectors)`;
  const teacher = details?.teacherParameters;
  if (teacher === undefined || student === 0) return grouped(student);
  return `${grouped(student)} (${number(teacher / student)}× smaller)`;
}

const parameterWords = (value: string | number | boolean | null | undefined): string =>
  value === undefined ? "–" : typeof value === "number" ? number(value) : String(value);

/** How many runs are compared, and in how much they differ; a run that cannot be read counts in neither. */
export function caption(rows: readonly Row[]): string {
  if (rows.some(({ details, parameters }) => details === undefined && parameters === undefined))
    return "Reading the runs’ experiments…";
  const known = rows.filter(({ parameters }) => parameters !== undefined);
  const changed = changedParameters(known);
  const left = rows.length - known.length;
  const words =
    known.length === 0
      ? "No run to compare."
      : known.length === 1
        ? "One run. Choose another to compare it with."
        : changed.length === 0
          ? `${known.length} runs of the same experiment: no parameter differs.`
          : `${known.length} runs that differ in ${changed.length} ${changed.length === 1 ? "parameter" : "parameters"}.`;
  if (left === 0) return words;
  return `${words} ${left} that cannot be read ${left === 1 ? "is" : "are"} left out.`;
}
