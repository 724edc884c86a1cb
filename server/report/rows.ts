import { brief, grouped, percent } from "../grouped.ts";
import type { Manifest } from "../runs/manifest.ts";
import { namedStageWords } from "../runs/runStages.ts";
import { differenceText } from "../statistics/differenceText.ts";
import { metricText } from "../tasks/metricText.ts";
import { metrics, taskOf } from "../tasks/tasks.ts";
import { listed } from "../terminal/exportBlock.ts";
import { sizeWords } from "../terminal/learned.ts";
import { shellCommand } from "../terminal/shellWord.ts";
import { stageEnds } from "../terminal/stageEnds.ts";
import { gapWords } from "../terminal/summaryBlock.ts";
import { duration } from "../terminal/wording.ts";
import type { NetworkReport } from "./networks.ts";
import type { RunReport, Verdict } from "./report.ts";

/** The parts of a run's report as rows of text, which each format writes in its own way. */

export interface ReportTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Metrics of each network on the split that compares them, and what it costs. */
export function networksTable({
  networks,
  split,
  task,
}: Pick<Verdict, "networks" | "split" | "task">): ReportTable {
  const { shown } = taskOf(task);
  const costs = costColumns.filter(({ name }) => networks.some((network) => network[name] !== undefined));
  return {
    head: [
      "",
      ...shown.map((name) => metricHead(split, name)),
      "parameters",
      ...costs.map(({ head }) => head),
    ],
    rows: networks.map((network) => [
      network.network,
      ...shown.map((name) => {
        const value = network[split]?.[name];
        return value === undefined ? "–" : metricText(name, value);
      }),
      sizeWords(network.parameters, network.learned),
      ...costs.map(({ name, worded }) => {
        const cost = network[name];
        return cost === undefined ? "–" : worded(cost);
      }),
    ]),
  };
}

export const metricHead = (split: string, name: string): string => `${split} ${metrics[name]?.words ?? name}`;

/** What a network costs besides its parameters. */
export const costColumns = [
  { name: "bytes", head: "kB of weights", worded: (bytes: number) => brief(bytes / 1000) },
  { name: "flops", head: "FLOPs", worded: grouped },
  { name: "latencyMs", head: "ms a prediction, p50", worded: (ms: number) => brief(ms) },
  { name: "latencyP95Ms", head: "p95", worded: (ms: number) => brief(ms) },
] as const satisfies readonly {
  readonly name: keyof NetworkReport;
  readonly head: string;
  readonly worded: (cost: number) => string;
}[];

/** The verdict in sentences: what distilling gained, of what lead, on which samples, chosen and measured how. */
export function verdictLines(verdict: Verdict): string[] {
  const { gain, split, task, result, confusion, manifest, networks, experiment } = verdict;
  const { samples, best } = result ?? {};
  const gap = gapWords(verdict);
  const machine = machineWords(manifest);
  return [
    ...(gain ? [`Student − alone: ${differenceText(gain, gain.split)}.`] : []),
    ...(gap === undefined ? [] : [`Gap recovered on ${split}: ${gap}.`]),
    ...(confusion?.helped !== undefined && confusion.harmed !== undefined
      ? [
          `Of the ${confusion.split} samples the student alone has ${grouped(confusion.helped)} wrong that the student has right, and ${grouped(confusion.harmed)} the other way round.`,
        ]
      : []),
    ...(confusion?.disagreements === undefined
      ? []
      : [`Teacher and student disagree on ${grouped(confusion.disagreements)} of them.`]),
    ...(samples
      ? [
          `Trained on ${grouped(samples.labelled)} samples with labels and ${grouped(samples.unlabelled)} without.`,
        ]
      : []),
    ...(best
      ? [
          `Validation ${metrics[taskOf(task).key]?.words} chose the weights of step ${grouped(best.step)}; seed ${experiment.seed}.`,
        ]
      : []),
    ...(machine !== undefined && networks.some(({ latencyMs }) => latencyMs !== undefined)
      ? [`A prediction, of one sample, was timed after the training on ${machine}.`]
      : []),
  ];
}

function machineWords({ machine, engine, device, threads }: Manifest = {}): string | undefined {
  if (machine === undefined) return undefined;
  const cores = machine.cores === undefined ? undefined : `${machine.cores} cores`;
  const where = [machine.cpu ?? machine.arch, cores, engine, device].filter(Boolean).join(", ");
  return threads === undefined ? where : `${where}, ${threads} ${threads === 1 ? "thread" : "threads"}`;
}

/** Where, when and on what the run was made. */
export function factRows(report: RunReport): (readonly [name: string, words: string])[] {
  const { manifest, result, startedAt, seconds, state, runId } = report;
  const bestStage = namedStageWords(manifest?.stages, report.bestStage);
  const { machine, versions, gitCommit, samples: { classNames: names } = {} } = manifest ?? {};
  const rows: (readonly [string, string | undefined])[] = [
    ["run", runId],
    ["state", state],
    ["started", startedAt],
    ["time", duration(seconds)],
    ["steps", result && `${grouped(result.steps)}, ${brief(result.epochs)} epochs`],
    [
      "waiting for data",
      result?.waitingForData === undefined
        ? undefined
        : `${percent(result.waitingForData)} of the steps' time`,
    ],
    ...stageEnds(result ?? {}).map(({ name, words }) => [`stage ${name}`, words] as const),
    ["best/", bestStage && `weights of the stage ${bestStage}`],
    [taskOf(report.task).output[1], names && listed(names)],
    ["engine", manifest && `${manifest.engine}, ${manifest.device}`],
    [
      "machine",
      machine &&
        `${machine.cpu ?? machine.arch}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.platform}`,
    ],
    [
      "versions",
      versions &&
        Object.entries(versions)
          .map((pair) => pair.join(" "))
          .join(", "),
    ],
    ["commit", gitCommit],
    ["command", report.commands.map(shellCommand).join(" && ")],
  ];
  return rows.flatMap(([name, words]) => (words === undefined ? [] : [[name, words] as const]));
}

/** What the run learned from, with the hashes of its samples. */
export function dataTable({ manifest }: RunReport): ReportTable {
  return {
    head: ["split", "samples", "SHA-256"],
    rows: Object.entries(manifest?.data ?? {}).map(([split, { samples, hash }]) => [
      split,
      samples === undefined ? "–" : grouped(samples),
      hash,
    ]),
  };
}

export const filesTable = ({ files }: RunReport): ReportTable => ({
  head: ["file", "bytes", "SHA-256"],
  rows: files.map(({ path, bytes, sha256 }) => [path, grouped(bytes), sha256]),
});
