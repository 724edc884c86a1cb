import type { Gain, RunResult } from "../../schemas/run-event.gen.ts";
import { brief, counted, grouped, percent } from "../grouped.ts";
import { comparedOn, type NetworkReport, networksOf } from "../report/networks.ts";
import { differenceText } from "../statistics/differenceText.ts";
import { isShown } from "../statistics/pairedDifference.ts";
import { metricText } from "../tasks/metricText.ts";
import { taskOfMetrics } from "../tasks/tasks.ts";
import { sizeWords } from "./learned.ts";
import { stageEnds } from "./stageEnds.ts";
import { compact, duration, table } from "./wording.ts";

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
  const { gain } = result;
  const gap = gapWords(result);
  const split = comparedOn(result);
  const networks = networksOf(result);
  const task = taskOfMetrics(networks.find((network) => network[split])?.[split] ?? {});
  const rows = networks.map(({ network, parameters, learned: its, ...measured }) => [
    network,
    ...task.shown.map((name) => {
      const value = measured[split]?.[name];
      return value === undefined ? "–" : metricText(name, value);
    }),
    sizeWords(parameters, its),
  ]);
  const [key, ...others] = task.shown;
  const head = ["", `${split} ${key}`, ...others, "parameters"];
  const numbers = table([head, ...rows], { alignRight: head.slice(1).map((_, index) => index + 1) });
  const speed = result.seconds === null ? "" : ` in ${duration(result.seconds)}`;
  return [
    name,
    ...numbers.map((line) => `  ${line}`),
    ...gainLines(gain),
    ...(gap === undefined ? [] : [`  gap recovered on ${split}: ${gap}`]),
    ...sampleLines(result),
    ...stageEnds(result).map(({ name, words }) => `  stage ${name}: ${words}`),
    `  ${counted(result.steps, "step")}, ${counted(result.epochs, "epoch", brief)}${speed} on ${result.engine}, ${result.device}`,
    ...costLines(networks),
    ...(result.waitingForData === undefined
      ? []
      : [`  waiting for data: ${percent(result.waitingForData)} of the steps' time`]),
    `  ${directory}: ${files.filter((file) => file.startsWith("best/")).join(", ")}`,
  ];
}

/** What a prediction of each network costs, where that was measured. */
function costLines(networks: readonly NetworkReport[]): string[] {
  const costs = networks.flatMap(({ network, latencyMs, latencyP95Ms, flops }) => {
    if (latencyMs === undefined) return [];
    const tail = latencyP95Ms === undefined ? "" : ` (p95 ${brief(latencyP95Ms)})`;
    return [
      `${network} ${brief(latencyMs)} ms${tail}${flops === undefined ? "" : `, ${compact(flops)} FLOPs`}`,
    ];
  });
  return costs.length === 0 ? [] : [`  a prediction: ${costs.join("; ")}`];
}

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
