import type { CodeLens, Command } from "vscode-languageserver-types";
import { command, type RunSummary } from "../protocol.ts";
import { rangeOf } from "./check.ts";
import { grouped } from "./numbers.ts";
import type { Parsed } from "./parse.ts";

/**
 * The commands above an experiment: Run · Check · Compare, or Stop with how far it is, or Resume.
 * @param runs of this file, newest first
 */
export function codeLenses(parsed: Parsed, uri: string, runs: readonly RunSummary[]): CodeLens[] {
  const { root } = parsed;
  if (root?.type !== "object") return [];
  const range = rangeOf(parsed, { offset: root.offset, length: 1 });
  return commands(uri, runs).map((command) => ({ range, command }));
}

function commands(uri: string, runs: readonly RunSummary[]): Command[] {
  const running = runs.find(({ state }) => state === "running");
  if (running) {
    return [
      { title: `Stop · ${progress(running)}`, command: command.stop, arguments: [uri, running.directory] },
      { title: "Show Charts", command: command.openCharts, arguments: [uri, running.directory] },
    ];
  }
  const [latest] = runs;
  const resumable =
    latest && (latest.state === "interrupted" || latest.state === "stopped") ? latest : undefined;
  return [
    { title: "Run", command: command.run, arguments: [uri] },
    ...(resumable
      ? [
          {
            title: `Resume · ${resumable.state} at ${steps(resumable)}`,
            command: command.resume,
            arguments: [uri, resumable.directory],
          },
        ]
      : []),
    { title: "Check", command: command.check, arguments: [uri] },
    { title: "Compare", command: command.compare, arguments: [uri] },
  ];
}

/** "step 1 240/4 690 · 12 s left", or the phase before the first step. */
export function progress(run: RunSummary): string {
  const { phase, step, etaSeconds } = run;
  if (step === 0 && phase && phase !== "train") return phase;
  const left = etaSeconds === undefined ? "" : ` · ${duration(etaSeconds)} left`;
  return steps(run) + left;
}

const steps = ({ step, totalSteps }: RunSummary): string =>
  `step ${grouped(step)}${totalSteps === undefined ? "" : `/${grouped(totalSteps)}`}`;

/** "12 s", "3 min 5 s", "2 h 10 min". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
