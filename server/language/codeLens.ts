import type { Node } from "jsonc-parser";
import type { CodeLens, Command } from "vscode-languageserver-types";
import { duration } from "../duration.ts";
import { counted, grouped } from "../grouped.ts";
import { command, type RunSummary, type SweepSummary } from "../protocol.ts";
import { rangeOf } from "./check.ts";
import type { Span } from "./finding.ts";
import { member, textOf } from "./model/values.ts";
import { keyOf, type Parsed, properties } from "./parse.ts";
import { variantOf } from "./schema/union.ts";
import { experimentsText } from "./sweepText.ts";

/**
 * The commands above an experiment: Run · Check · Compare, or Stop with the progress, or Resume. On the teacher its own
 * commands, on a sweep its number of runs. While one runs these are plain text, so that no line moves.
 * @param runs of this file, newest first
 */
export function codeLenses(parsed: Parsed, uri: string, runs: readonly RunSummary[]): CodeLens[] {
  const { root } = parsed;
  if (root?.type !== "object") return [];
  const at = (span: Span) => (command: Command) => ({ range: rangeOf(parsed, span), command });
  const keyed = (key: string) => properties(root).find((property) => keyOf(property) === key);
  const teacher = keyed("teacher");
  const sweep = keyed("sweep") ?? keyed("seeds");
  const experiments = experimentsText(root);
  const run = { title: `Run ${experiments ?? ""}`.trim(), command: command.run, arguments: [uri] };
  // Runs of a sweep are shown with the sweep.
  const whole = runs.filter(({ member }) => member === undefined);
  const isRunning = whole.some(({ state }) => state === "running");
  const ifIdle = (command: Command) => (isRunning ? text(command.title) : command);
  return [
    ...commands(whole, { uri, run }).map(at({ offset: root.offset, length: 1 })),
    ...(sweep && experiments ? [at(sweep.children?.[0] ?? sweep)(ifIdle(run))] : []),
    ...(teacher
      ? teacherCommands(teacher, { uri, runs, ifIdle }).map(at(teacher.children?.[0] ?? teacher))
      : []),
  ];
}

/** A lens without a command: the editor draws it as text. */
const text = (title: string): Command => ({ title, command: "" });

/** A teacher from a file can be evaluated; a described one is trained first. */
function teacherCommands(
  property: Node,
  {
    uri,
    runs,
    ifIdle,
  }: {
    readonly uri: string;
    readonly runs: readonly RunSummary[];
    readonly ifIdle: (command: Command) => Command;
  },
): Command[] {
  const type = textOf(member(property.children?.[1], "type"));
  const evaluate = { title: "Evaluate teacher", command: command.evaluateTeacher, arguments: [uri] };
  if (type === undefined || variantOf("Teacher", type) === undefined) return [];
  if (type !== "layers") return [evaluate];
  const isTrained = runs.some(({ subject, state }) => subject === "teacher" && state === "completed");
  const train = ifIdle({ title: "Train teacher", command: command.trainTeacher, arguments: [uri] });
  return isTrained ? [train, ifIdle(evaluate)] : [train];
}

function commands(
  runs: readonly RunSummary[],
  { uri, run }: { readonly uri: string; readonly run: Command },
): Command[] {
  const running = runs.find(({ state }) => state === "running");
  if (running) {
    return [
      { title: "Stop", command: command.stop, arguments: [uri, running.directory] },
      text(progress(running)),
      { title: "Show Charts", command: command.openCharts, arguments: [uri, running.directory] },
    ];
  }
  const [latest] = runs;
  const resumable =
    latest && (latest.state === "interrupted" || latest.state === "stopped") ? latest : undefined;
  return [
    run,
    ...(resumable
      ? [
          {
            title: `Resume · ${resumable.state} ${resumable.sweep ? "with" : "at"} ${steps(resumable)}`,
            command: command.resume,
            arguments: [uri, resumable.directory],
          },
        ]
      : []),
    { title: "Check", command: command.check, arguments: [uri] },
    { title: "Compare", command: command.compare, arguments: [uri] },
  ];
}

/** "34 % · step 1 240/4 690 · 12 s left", or another phase in place of the steps. */
function progress(run: RunSummary): string {
  const { progress: share, doing, etaSeconds, sweep } = run;
  const what = sweep
    ? (doing ?? turnText(sweep))
    : doing === undefined || doing === "training"
      ? steps(run)
      : doing;
  return [
    ...(share === undefined ? [] : [`${Math.floor(100 * share)} %`]),
    what,
    ...(etaSeconds === undefined ? [] : [`${duration(etaSeconds)} left`]),
  ].join(" · ");
}

const turnText = ({ turn, total, running, completed }: SweepSummary): string =>
  running === undefined
    ? `run ${grouped(turn)} of ${grouped(total)}`
    : `${counted(running, "run")} at once, ${grouped(completed)} of ${grouped(total)} done`;

const steps = ({ step, totalSteps, sweep }: RunSummary): string =>
  sweep
    ? `${grouped(step)} of ${counted(sweep.total, "run")}`
    : `step ${grouped(step)}${totalSteps === undefined ? "" : `/${grouped(totalSteps)}`}`;
