import type { Gain, Metrics, RunResult } from "../../schemas/run-event.gen.ts";
import { grouped } from "../grouped.ts";
import { differenceText } from "../statistics/differenceText.ts";
import { isShown } from "../statistics/pairedDifference.ts";
import { taskOfMetrics } from "../tasks/tasks.ts";
import { learned } from "./learned.ts";
import { stageEnds } from "./stageEnds.ts";
import { brief, duration, metricText, percent, table } from "./wording.ts";

export interface FinishedRun {
  readonly name: string;
  readonly result: RunResult;
  /** Displayed path, relative to the working directory where that is shorter. */
  readonly directory: string;
  /** Result files, relative to the directory. */
  readonly files: readonly string[];
}

/** The results of a run, as a block of lines. */
export function summaryBlock({ name, result, directory, files }: FinishedRun): string[] {
  const { test, teacher, baselines, gain, best } = result;
  const gap = gapWords(result);
  const student = test ?? best?.metrics;
  const split = test === undefined && student !== undefined ? "validation" : "test";
  const task = taskOfMetrics(student ?? teacher ?? {});
  const networks: [string, Metrics | undefined, number | undefined][] = [
    ["teacher", teacher, result.teacherParameters],
    [result.subject ?? "student", student, result.parameters],
    ...Object.entries(baselines ?? {}).map(([baseline, metrics]): [string, Metrics, number] => [
      baselineNames[baseline] ?? baseline,
      metrics,
      result.parameters,
    ]),
  ];
  const rows = networks
    .filter(([, metrics, parameters]) => metrics !== undefined || parameters !== undefined)
    .map(([network, metrics, parameters]) => [
      network,
      ...task.shown.map((name) => (metrics?.[name] === undefined ? "–" : metricText(name, metrics[name]))),
      parameters === undefined
        ? learned(network === "teacher" ? result.teacherLearned : {})
        : grouped(parameters),
    ]);
  const [key, ...others] = task.shown;
  const head = ["", `${split} ${key}`, ...others, "parameters"];
  const numbers = table([head, ...rows], { alignRight: head.slice(1).map((_, index) => index + 1) });
  const speed = result.seconds === null ? "" : ` in ${duration(result.seconds)}`;
  const latency = typeof result.latencyMs === "number" ? `, ${brief(result.latencyMs)} ms a prediction` : "";
  return [
    name,
    ...numbers.map((line) => `  ${line}`),
    ...gainLines(gain),
    ...(gap === undefined ? [] : [`  gap recovered on ${split}: ${gap}`]),
    ...sampleLines(result),
    ...stageEnds(result).map(({ name, words }) => `  stage ${name}: ${words}`),
    `  ${grouped(result.steps)} steps, ${brief(result.epochs)} epochs${speed} on ${result.engine}, ${result.device}${latency}`,
    ...(result.waitingForData === undefined
      ? []
      : [`  waiting for data: ${percent(result.waitingForData)} of the steps' time`]),
    `  ${directory}: ${files.filter((file) => file.startsWith("best/")).join(", ")}`,
  ];
}

export const baselineNames: Readonly<Record<string, string>> = { studentAlone: "student alone" };

/** Training samples of each, where they differ. */
function sampleLines({ samples, baselines }: RunResult): string[] {
  if (samples === undefined) return [];
  const alone =
    baselines?.["studentAlone"] && `; alone on the ${grouped(samples.labelled)}, in as many steps`;
  return [
    `  student: trained on ${grouped(samples.labelled)} samples with labels and ${grouped(samples.unlabelled)} without${alone ?? ""}`,
  ];
}

const gainLines = (gain: Gain | undefined): string[] =>
  gain === undefined ? [] : [`  student − alone: ${differenceText(gain, gain.split)}`];

/** What share of the teacher's lead the student has recovered, in words; none where no lead was compared. */
export function gapWords({
  gapRecovered,
  gain,
}: Pick<RunResult, "gapRecovered" | "gain">): string | undefined {
  if (gapRecovered === undefined) return undefined;
  if (gapRecovered === null) return "the teacher is not measurably better than the student alone";
  const chance = gain !== undefined && !isShown(gain) ? ", within chance" : "";
  return `${percent(gapRecovered)} of the teacher's lead over the student alone${chance}`;
}
