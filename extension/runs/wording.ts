import { duration } from "../../server/duration.ts";
import { counted, grouped, percent, significant } from "../../server/grouped.ts";
import { middle } from "../../server/middle.ts";
import type { RunState, RunSummary, SweepSummary } from "../../server/protocol.ts";
import { rungWords } from "../../server/rungWords.ts";
import { networkNames } from "../../server/statistics/networkWords.ts";
import { isShare, metricText } from "../../server/tasks/metricText.ts";
import { metricOf, metrics, taskOfSplits, tasks } from "../../server/tasks/tasks.ts";

/** Texts about runs, shared by tree, status bar, notifications and panel. */

export const stateWords: Readonly<Record<RunState, string>> = {
  running: "Running",
  completed: "Completed",
  stopped: "Stopped",
  interrupted: "Interrupted",
  failed: "Failed",
  unreadable: "Unreadable",
};

/** State of a run; on a cluster with its place: `Pending: Resources`, `Running on n1`. */
export function standingWords({ state, place, queued }: RunSummary): string {
  if (place === undefined) return stateWords[state];
  return queued ? place.charAt(0).toUpperCase() + place.slice(1) : `${stateWords[state]} ${place}`;
}

/** Its row as a screen reader says it, which sees no icon: with the state, once. */
export function spokenWords(run: RunSummary): string {
  const [standing, row] = [standingWords(run), rowWords(run)];
  return row.startsWith(standing.toLowerCase()) ? row : `${standing}, ${row}`;
}

/** Why a run cannot be read, in a word; its message names the file and the remedy. */
function unreadableWords({ code }: RunSummary): string {
  if (code === "newer-format") return "of a newer version";
  return code === "damaged" ? code : `unreadable [${code}]`;
}

/** Reasons not to compare this run with others, beyond its settings. */
export const cautions = ({ changed = [], differs }: RunSummary): string[] => [
  ...changed,
  ...(differs?.words ?? []).map((words) => `differs from the run before: ${words}`),
];

/** The trainer's warnings: a short text for the row, and each in full; undefined without any. */
export function warned({ warnings = [] }: RunSummary): Warned | undefined {
  const [first, ...others] = warnings;
  if (first === undefined) return undefined;
  return {
    brief: others.length === 0 ? `warning: ${first.code}` : `${warnings.length} warnings`,
    full: warnings.map(({ code, message }) => `${message} [${code}]`),
  };
}

export interface Warned {
  readonly brief: string;
  readonly full: readonly string[];
}

/** The experiment's name, where nothing else distinguishes runs; a sweep's runs are told apart by what varies. */
export function title(run: RunSummary): string {
  if (run.member) return runName(run);
  if (run.sweep) return `${run.name} (${run.sweep.total} runs)`;
  return run.subject === "teacher" ? `${run.name} (teacher)` : run.name;
}

/**
 * A run's name among those of its experiment: its changes against the one before, its values in the sweep, else its
 * time. At most as long as a row of the tree.
 */
export function runName(run: RunSummary): string {
  if (run.member) return settingsWords(run.member.settings, longestName);
  const { changes = [] } = run;
  return changes.length === 0 ? startWords(run.startedAt) : changesWords(changes);
}

/**
 * A run's name on its row of the tree, or among the runs of its sweep. A sweep's run shows its values alone: the keys are the
 * same for all its runs and would push the values out of a narrow side bar.
 */
export const rowName = (run: RunSummary): string =>
  run.member
    ? middle(Object.values(run.member.settings).map(settingWords).join(" · "), longestName)
    : runName(run);

/** A run's name beside those of other experiments: `mnist · temperature 3 → 6`. */
export const fullName = (run: RunSummary): string =>
  run.member ? `${run.name} · ${runName(run)}` : `${title(run)} · ${runName(run)}`;

/** Names of runs in a list: with the experiment's name where there are several. */
export function nameAmong(runs: readonly RunSummary[]): (run: RunSummary) => string {
  const experiments = new Set(runs.map(({ experiment, subject }) => `${subject ?? ""} ${experiment}`));
  return experiments.size > 1 ? fullName : runName;
}

/** The start time, where the name does not contain it. */
export const whenWords = (run: RunSummary): string =>
  run.member || run.changes?.length ? startWords(run.startedAt) : "";

/** Characters that a row of the tree shows in a window of 900 pixels. */
const longestName = 30;

/** Up to two changes, as room allows, and the number of others. */
function changesWords(changes: readonly string[]): string {
  const worded = (count: number) => {
    const left = changes.length - count;
    return changes.slice(0, count).join(" · ") + (left > 0 ? ` + ${left} more` : "");
  };
  const two = worded(2);
  return two.length <= longestName ? two : middle(worded(1), longestName);
}

/**
 * `temperature 4 · alpha 0.5 · seed 2`: the last key of each path, or the whole path where two end in the same key. A
 * text that is too long has its keys cut first, as they are the same for all runs of a sweep, and then its values.
 */
function settingsWords(settings: Readonly<Record<string, unknown>>, longest: number): string {
  const keys = keysOf(settings);
  const worded = (longestKey: number) =>
    Object.values(settings)
      .map((value, i) => `${middle(keys[i] ?? "", longestKey)} ${settingWords(value)}`)
      .join(" · ");
  let longestKey = Math.max(0, ...keys.map(({ length }) => length));
  while (longestKey > shortestKey && worded(longestKey).length > longest) longestKey--;
  return middle(worded(longestKey), longest);
}

/** The last key of each path, or the whole path where two end in the same key. */
export function keysOf(settings: Readonly<Record<string, unknown>>): string[] {
  const short = (path: string) => path.slice(path.lastIndexOf(".") + 1);
  const paths = Object.keys(settings);
  const isShared = (path: string) => paths.filter((other) => short(other) === short(path)).length > 1;
  return paths.map((path) => (isShared(path) ? path : short(path)));
}

/** Keys can still be told apart by three letters. */
const shortestKey = 3;

export const settingWords = (value: unknown): string =>
  typeof value === "string" ? value : (JSON.stringify(value) ?? "–");

/** The error and its hint. */
export const whyFailed = ({ message = "", hint }: RunSummary): string =>
  hint === undefined ? message : `${message} ${hint}`;

/**
 * `14:03:27` today, else `Mar 5, 14:03:27`. With seconds, since runs of one experiment may follow each other closely.
 */
export function startWords(iso: string, now = new Date()): string {
  const today = now.toDateString();
  if (today !== wordedOn) worded.clear();
  wordedOn = today;
  const known = worded.get(iso);
  if (known !== undefined) return known;
  const started = new Date(iso);
  if (Number.isNaN(started.getTime())) return iso;
  const time = timeOfDay.format(started);
  const words = started.toDateString() === today ? time : `${dayOfYear.format(started)}, ${time}`;
  worded.set(iso, words);
  return words;
}

/** Of one day: lists of hundreds of runs are worded in every frame of a training. */
const worded = new Map<string, string>();
let wordedOn = "";

/** Kept: a formatter takes longer to make than thousands of times to format. */
const timeOfDay = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const dayOfYear = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });

/** As the terminal has it, without zeros at the end: `7.5`. */
export const number = (value: number): string =>
  significant(value).replace(/\.(\d*?)0+$/, (_, digits) => (digits === "" ? "" : `.${digits}`));

/** A value of a series: of a metric, or of something else that was measured. */
export const valueWords = (series: string, value: number): string =>
  isShare(series) || metricOf(series) ? metricText(series, value) : number(value);

/** A metric of a split, short: `71.20 % val`, where it is no accuracy with its name: `70.09 % mAP test`. */
export const briefMetric = ({ name, value }: { readonly name: string; readonly value: number }): string =>
  `${metricText(name, value)}${unitOf(name)} ${splitOf(name).replace("validation", "val")}`;

const unitOf = (name: string): string => {
  const last = name.slice(name.lastIndexOf(".") + 1);
  return last === tasks.classification.key ? "" : ` ${partWords[last]}`;
};

/** `test.accuracy` → `test`. */
const splitOf = (name: string): string => name.slice(0, name.indexOf("."));

/** `studentAlone.validation.accuracy` → `student alone, validation accuracy`. */
export function metricWords(name: string): string {
  const parts = name.split(".").map((part) => partWords[part] ?? part);
  return parts.length < 3 ? parts.join(" ") : `${parts[0]}, ${parts.slice(1).join(" ")}`;
}

/** `terms.kd.weighted` → `kd × weight`, `validation.nll` → `validation NLL`. */
export function seriesWords(series: string): string {
  const term = /^terms\.(.+)\.(raw|weighted)$/.exec(series);
  if (term?.[1] !== undefined) return term[2] === "weighted" ? `${term[1]} × weight` : term[1];
  return metricWords(series);
}

const partWords: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(metrics).map(([name, { words, brief = words }]) => [name, brief])),
  learningRate: "learning rate",
  gradNorm: "gradient norm",
  samplesPerSecond: "samples per second",
  ...networkNames,
  gapRecovered: "gap recovered",
  gain: "student − alone",
};

/**
 * The metric that ranks a run: the task's key metric, such as accuracy, on validation or test where there is one, else
 * the likelihood. Sweeps and their runs are ranked by validation: nothing is chosen by the test split.
 */
export function keyMetric(run: RunSummary): { name: string; value: number } | undefined {
  const splits = run.sweep || run.member ? ["validation", "test"] : ["test", "validation"];
  const { key, tie } = taskOfSplits(run.metrics);
  for (const name of [
    ...splits.map((split) => `${split}.${key}`),
    `train.${key}`,
    `validation.${tie}`,
    `test.${tie}`,
  ]) {
    const value = run.metrics[name];
    if (value !== undefined) return { name, value };
  }
  return undefined;
}

/** Metrics for a tooltip, the run's own before those of its references; the table of Compare has all. */
export function gist({ metrics }: RunSummary): readonly (readonly [name: string, value: number])[] {
  const { key, shown } = taskOfSplits(metrics);
  const own = ["validation", "test"].flatMap((split) =>
    [...shown, "gapRecovered"].map((metric) => `${split}.${metric}`),
  );
  return Object.entries(metrics)
    .filter(([name]) => name === "train.loss" || own.includes(name) || name.endsWith(`.${key}`))
    .sort(([a], [b]) => Number(isOfAnother(a)) - Number(isOfAnother(b)));
}

const isOfAnother = (name: string): boolean => /^(teacher|studentAlone)\./.test(name);

/** `34 % · training the teacher · 12 s left`, as far as known; while the student trains, with its step. */
export function progressWords(run: RunSummary): string {
  const parts: string[] = [];
  if (run.progress !== undefined) parts.push(percent(Math.floor(100 * run.progress) / 100, 0));
  if (run.sweep) {
    const { total, turn } = run.sweep;
    parts.push(run.doing ?? `run ${grouped(turn)} of ${grouped(total)}`);
  } else if (run.doing !== undefined && run.doing !== "training") parts.push(run.doing);
  else if (run.step > 0)
    parts.push(`step ${grouped(run.step)}${run.totalSteps ? `/${grouped(run.totalSteps)}` : ""}`);
  if (run.etaSeconds !== undefined && run.etaSeconds > 0) parts.push(`${duration(run.etaSeconds)} left`);
  return parts.join(" · ") || "starting";
}

/** What it is doing, as far as that is not its training; else {@link endWords}. */
export const workWords = (run: RunSummary): string =>
  run.state === "running" && run.phase !== "train" && run.doing !== undefined ? run.doing : endWords(run);

/** "stopped", or of a run that its sweep does not go on with "halved at epoch 3", or not yet "waits after epoch 3". */
export const endWords = (run: Pick<RunSummary, "state" | "member">): string =>
  rungWords(run) ?? stateWords[run.state].toLowerCase();

/** The description after a run's name in the tree. */
export function rowWords(run: RunSummary): string {
  const key = keyMetric(run);
  const parts: string[] = run.subject === "teacher" ? ["teacher"] : [];
  if (run.sweep) return sweepWords(run, run.sweep);
  if (run.state === "running") {
    const { progress, place, queued, doing = "starting" } = run;
    if (progress !== undefined && !queued) parts.push(percent(progress, 0));
    if (doing !== "training") parts.push(doing);
    if (place !== undefined && !queued) parts.push(place);
  }
  if (run.state === "failed") parts.push("failed");
  if (run.state === "interrupted") parts.push("interrupted");
  const rung = rungWords(run);
  if (rung !== undefined) parts.push(rung);
  else if (run.state === "stopped") parts.push(run.step > 0 ? `stopped at ${grouped(run.step)}` : "stopped");
  if (run.state === "unreadable") return unreadableWords(run);
  if (key !== undefined) parts.push(briefMetric(key));
  // Members are in the order in which they began.
  const when = run.member ? "" : whenWords(run);
  const keys = keysOf(run.member?.settings ?? {});
  parts.push(warned(run)?.brief ?? "", when, duration(run.elapsedSeconds), ...cautions(run), ...keys);
  return parts.filter((words) => words !== "").join(" · ");
}

/**
 * `9 of 9 runs · best 91.20 % val, 90.10 % test · 40 s`. Without the time while it runs: its row is refreshed only when
 * this text changes.
 */
function sweepWords(run: RunSummary, { completed, total, queued }: SweepSummary): string {
  const key = keyMetric(run);
  const parts = [`${grouped(completed)} of ${counted(total, "run")}`];
  if (run.state !== "running" && run.state !== "completed") parts.push(run.state);
  if (queued !== undefined) parts.push(`${grouped(queued)} pending`);
  if (key !== undefined) {
    const name = `test.${taskOfSplits(run.metrics).key}`;
    const test = run.metrics[name];
    const read = test === undefined ? "" : `, ${metricText(name, test)} test`;
    parts.push(`best ${briefMetric(key)}${read}`);
  }
  parts.push(warned(run)?.brief ?? "");
  if (run.state !== "running") parts.push(duration(run.elapsedSeconds));
  parts.push(...cautions(run));
  return parts.filter((words) => words !== "").join(" · ");
}
