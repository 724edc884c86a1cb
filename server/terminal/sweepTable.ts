import { grouped, percent } from "../grouped.ts";
import { changeText, seedsDifferenceText, seedsMeanText } from "../statistics/differenceText.ts";
import { spreadText } from "../statistics/spreadText.ts";
import { answerText } from "../sweep/answer.ts";
import { chosenPoints, paretoFront, scoreOf } from "../sweep/front.ts";
import {
  bestPoint,
  byValidation,
  isTrained,
  type MemberResult,
  meansOf,
  type Point,
  resultsOf,
} from "../sweep/results.ts";
import { metricText } from "../tasks/metricText.ts";
import type { Task } from "../tasks/task.ts";
import { gainName, taskOfSplits } from "../tasks/tasks.ts";
import { duration, settingsText, settingText, table } from "./wording.ts";

/**
 * A sweep as a table: a line for each combination of values, the best on validation first, with results as mean ± standard
 * deviation over seeds.
 */
export function sweepTable(members: readonly MemberResult[], tolerance?: number): string[] {
  const trained = resultsOf(members);
  const parameters = [...new Set(trained.flatMap(({ settings }) => Object.keys(settings)))];
  const all = trained.toSorted((a, b) => byValidation(meansOf(a), meansOf(b)));
  const columns = columnsOf(all, tolerance);
  const cells = ({ results, completed }: Point) =>
    columns.map(({ name, worded }) => {
      const spread = results[name];
      return spread === undefined ? "–" : spreadText(spread, { worded, of: completed });
    });
  const isSpread = all.some(({ runs }) => runs.length > 1);
  const isPartial = all.some(({ completed, runs }) => completed < runs.length);
  const done = (point: Point) =>
    isSpread || isPartial ? [halvedText(point) ?? `${point.completed}/${point.runs.length}`] : [];
  const heads = [
    ...parameters,
    ...(isSpread || isPartial ? ["done"] : []),
    ...columns.map(({ head }) => head),
  ];

  // Without a parameter there is one line; each seed's results tell more than the mean.
  const seeds =
    parameters.length > 0
      ? []
      : members.map((member) => [
          `seed ${member.settings["seed"]}`,
          ...resultsOf([member]).flatMap((point) => [...done(point), ...cells(point)]),
        ]);
  const rows = all.map((point) => [
    ...(parameters.length > 0 ? parameters.map((path) => settingText(point.settings[path])) : ["mean ± std"]),
    ...done(point),
    ...cells(point),
  ]);
  const first = Math.max(1, parameters.length);
  const alignRight = heads.map((_, index) => index).filter((index) => index >= parameters.length);
  const lines = table([parameters.length > 0 ? heads : ["", ...heads], ...seeds, ...rows], {
    alignRight: parameters.length > 0 ? alignRight : alignRight.map((index) => index + first),
  });
  return [
    ...lines,
    ...choiceLines(all, tolerance),
    ...frontLines(all),
    ...answerLines(all, tolerance),
    ...intervalLines(all),
  ];
}

/** "halved at epoch 3, at 71.00 %": what it had reached on validation. Undefined where the sweep went on with it. */
function halvedText({ runs }: Point): string | undefined {
  const ended = runs.flatMap(({ summary }) => (summary?.member?.halved ? [summary] : []));
  const [first] = ended;
  if (first === undefined) return undefined;
  const { key } = taskOfSplits(first.metrics);
  const reached = ended.flatMap(({ metrics }) => metrics[`validation.${key}`] ?? []);
  const mean = reached.reduce((sum, one) => sum + one, 0) / reached.length;
  return `halved at epoch ${first.member?.rung}${reached.length === 0 ? "" : `, at ${metricText(key, mean)}`}`;
}

/** The students that no other one beats in size and on validation. */
function frontLines(all: readonly Point[]): string[] {
  const front = paretoFront(all);
  if (front.length === 0) return [];
  const { key } = taskOf(all);
  const rows = front.map(({ point, parameters }) => [
    `  ${grouped(parameters)} parameters`,
    metricText(key, scoreOf(point) ?? Number.NaN),
    settingsText(point.settings),
  ]);
  return [`Pareto front, size against validation ${key}:`, ...table(rows, { alignRight: [0, 1] })];
}

/** What a sweep has found, in sentences. */
export function sweepVerdict(members: readonly MemberResult[], tolerance?: number): string[] {
  const all = resultsOf(members);
  return [...choiceLines(all, tolerance), ...answerLines(all, tolerance), ...intervalLines(all)];
}

function answerLines(all: readonly Point[], tolerance: number | undefined): string[] {
  const text = answerText(all, tolerance);
  return text === undefined ? [] : [text];
}

interface Column {
  readonly name: string;
  readonly head: string;
  readonly worded: (number: number) => string;
}

const onSplit = (split: string, { shown, gain }: Task): Column[] => [
  ...shown.slice(0, 2).map((metric) => ({
    name: `${split}.${metric}`,
    head: `${split} ${metric}`,
    worded: (number: number) => metricText(metric, number),
  })),
  {
    name: `${split}.${gainName(gain?.metric)}`,
    head: `gain on ${split}`,
    worded: (change) => changeText(change, gain?.metric),
  },
  { name: `${split}.gapRecovered`, head: `gap recovered on ${split}`, worded: percent },
];

const taskOf = (all: readonly Point[]): Task =>
  taskOfSplits(Object.assign({}, ...all.map(({ results }) => results)));

const testedOf = (all: readonly Point[]): readonly Point[] =>
  all.filter(({ results }) => results[`test.${taskOfSplits(results).key}`] !== undefined);

/** Whether the test split was read of combinations that validation has not chosen. */
function isTestReadBeside(all: readonly Point[], tolerance: number | undefined): boolean {
  const chosen = chosenPoints(all, tolerance);
  return testedOf(all).some((point) => !chosen.includes(point));
}

/** Metrics of the runs; a test split read for one of several combinations has its own line below. */
function columnsOf(all: readonly Point[], tolerance: number | undefined): Column[] {
  const has = (name: string) => all.some(({ results }) => results[name] !== undefined);
  const differs = (name: string) => new Set(all.map(({ results }) => results[name]?.mean)).size > 1;
  const task = taskOf(all);
  const columns: Column[] = [
    ...onSplit("validation", task),
    ...(all.length === 1 || isTestReadBeside(all, tolerance) ? onSplit("test", task) : []),
    { name: "parameters", head: "parameters", worded: grouped },
    { name: "seconds", head: "time", worded: duration },
  ];
  return columns.filter(({ name }) => has(name) && (name !== "parameters" || differs(name)));
}

/** The selected combination, and the runs that the test split was read for. */
function choiceLines(all: readonly Point[], tolerance: number | undefined): string[] {
  if (all.length < 2 || all.every(({ completed }) => completed === 0)) return [];
  const best = bestPoint(all);
  const tested = testedOf(all);
  const misleads = "selecting the best by it would be too optimistic.";
  if (best === undefined) {
    const cure = 'Hold samples out: "validation": { "split": 0.1 } in data.';
    const read = tested.length > 0 ? [`The test split was read for every combination: ${misleads}`] : [];
    return [`No selection: the experiment has no validation. ${cure}`, ...read];
  }
  const done = best.runs.filter(({ summary }) => summary && isTrained(summary)).map(({ runId }) => runId);
  const where = done.length === 1 ? done[0] : `${done[0]} … ${done.at(-1)}`;
  const read = isTestReadBeside(all, tolerance)
    ? [`The test split was read for ${tested.length} combinations: ${misleads}`]
    : tested.includes(best)
      ? [
          `The test split was read for ${tested.length > 1 ? "that one and the smallest good one" : "that one"} alone: ${measuredOn("test", best)}`,
        ]
      : [];
  return [`best on validation: ${settingsText(best.settings)} (${where})`, ...read];
}

/** `accuracy 91.20 %, nll 0.2812, gain +0.50 points`, over seeds with their deviations. */
function measuredOn(split: string, { results, completed: of }: Point): string {
  const measurements = onSplit(split, taskOfSplits(results)).flatMap(({ name, head, worded }) => {
    const words = head.replace(` on ${split}`, "").replace(`${split} `, "");
    const spread = results[name];
    return spread === undefined ? [] : [`${words} ${spreadText(spread, { worded, of })}`];
  });
  return measurements.join(", ");
}

/** Mean and gain over seeds, with their intervals, of the selected combination, or the only one. */
function intervalLines(all: readonly Point[]): string[] {
  const point = all.length === 1 ? all[0] : bestPoint(all);
  if (point === undefined) return [];
  const { key, gain: gained } = taskOfSplits(point.results);
  const split = point.results[`test.${key}`] === undefined ? "validation" : "test";
  const [measured, gain] = [
    point.results[`${split}.${key}`],
    point.results[`${split}.${gainName(gained?.metric)}`],
  ];
  const texts = [
    [`${split} ${key}`, measured && seedsMeanText(measured, (value) => metricText(key, value))],
    [`student − alone on ${split}`, gain && seedsDifferenceText(gain, gained?.metric)],
  ] as const;
  return texts.flatMap(([name, text]) => (text === undefined ? [] : [`${name}: ${text}`]));
}
