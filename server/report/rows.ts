import { grouped } from "../grouped.ts";
import { differenceText } from "../statistics/differenceText.ts";
import { metrics, taskOf } from "../tasks/tasks.ts";
import { stageEnds } from "../terminal/stageEnds.ts";
import { gapWords } from "../terminal/summaryBlock.ts";
import { brief, duration, metricText } from "../terminal/wording.ts";
import type { RunReport } from "./report.ts";

/** The parts of a run's report as rows of text, which each format writes in its own way. */

export interface ReportTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Metrics of each network on the split that compares them. */
export function networksTable({ networks, split, task }: RunReport): ReportTable {
  const { shown } = taskOf(task);
  const hasLatency = networks.some(({ latencyMs }) => latencyMs !== undefined);
  return {
    head: [
      "",
      ...shown.map((name) => `${split} ${metrics[name]?.words ?? name}`),
      "parameters",
      ...(hasLatency ? ["ms a prediction"] : []),
    ],
    rows: networks.map(({ network, parameters, latencyMs, ...measured }) => [
      network,
      ...shown.map((name) => {
        const value = measured[split]?.[name];
        return value === undefined ? "–" : metricText(name, value);
      }),
      parameters === undefined ? "–" : grouped(parameters),
      ...(hasLatency ? [latencyMs === undefined ? "–" : brief(latencyMs)] : []),
    ]),
  };
}

/** The verdict in sentences: what distilling gained, of what lead, on which samples. */
export function verdictLines(report: RunReport): string[] {
  const { gain, split, result, confusion } = report;
  const { samples, best } = result ?? {};
  const gap = gapWords(report);
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
    ...(best ? [`Validation chose the weights of step ${grouped(best.step)}.`] : []),
  ];
}

/** Where, when and on what the run was made. */
export function factRows(report: RunReport): (readonly [name: string, words: string])[] {
  const { manifest, result, startedAt, seconds, state, runId } = report;
  const { machine, versions, gitCommit } = manifest ?? {};
  const rows: (readonly [string, string | undefined])[] = [
    ["run", runId],
    ["state", state],
    ["started", startedAt],
    ["time", duration(seconds)],
    ["steps", result && `${grouped(result.steps)}, ${brief(result.epochs)} epochs`],
    ...stageEnds(result ?? {}).map(({ name, words }) => [`stage ${name}`, words] as const),
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
    ["command", report.command.join(" ")],
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
