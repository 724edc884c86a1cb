import * as vscode from "vscode";
import { duration } from "../../server/duration.ts";
import { grouped } from "../../server/grouped.ts";
import type { RunSummary } from "../../server/protocol.ts";
import { resumeElsewhere, resumeWithChangedData } from "../commands/runCommands.ts";
import { type Answers, notify, type Severity } from "../notify.ts";
import type { RunList } from "../runs/runList.ts";
import { briefMetric, fullName, keyMetric, whyFailed } from "../runs/wording.ts";

/**
 * Notifies once when a run finishes or fails. The workspace state has the runs that were seen training, so that a run
 * that ends while the window is closed is reported at the next start, and only once.
 */
export function notifyEnds(runs: RunList, memory: vscode.Memento): vscode.Disposable {
  const key = "distill.seenTraining";
  const training = new Set(memory.get<string[]>(key, []));
  /** Latest summaries of runs that this window has seen training. */
  const lastSummaries = new Map<string, RunSummary>();
  /** End states of runs that are over, as far as this window knows. */
  const ends = new Map<string, string>();
  return runs.onDidChange(() => {
    const before = training.size;
    let changed = false;
    // A sweep notifies when it ends, its members never.
    for (const run of runs.whole()) {
      if (run.state === "unreadable") continue; // Neither trains nor is over, as far as can be told.
      if (run.state === "running") {
        training.add(run.directory);
        lastSummaries.set(run.directory, run);
        ends.delete(run.directory);
        continue;
      }
      const last = ends.get(run.directory);
      const end = endOf(run);
      ends.set(run.directory, end);
      // A run that is refused on resuming ends before any window has seen it train.
      const hasFailedUnseen = run.state === "failed" && last !== undefined && last !== end;
      if (training.delete(run.directory)) changed = true;
      else if (!hasFailedUnseen) continue;
      tell(run);
    }
    for (const [directory, run] of lastSummaries) {
      if (["running", "unreadable"].includes(runs.get(directory)?.state ?? "")) continue;
      lastSummaries.delete(directory);
      if (runs.get(directory) !== undefined || !training.delete(directory)) continue;
      changed = true;
      reportGone(run);
    }
    if (changed || training.size !== before) void memory.update(key, [...training]);
  });
}

const endOf = ({ state, elapsedSeconds, message }: RunSummary): string =>
  JSON.stringify([state, elapsedSeconds, message]);

const wantedOf = () => vscode.workspace.getConfiguration("distill").get<string>("notifications", "all");

/** The run itself is gone. */
function reportGone(run: RunSummary): void {
  if (wantedOf() === "none") return;
  const words = `${fullName(run)} was moved or deleted while it trained, so its trainer stops: ${run.directory} does not exist.`;
  notify("warning", words, {});
}

function tell(run: RunSummary): void {
  const wanted = wantedOf();
  const say = (severity: Severity, message: string, ...ways: Way[]) =>
    notify(severity, message, waysOn(run, [...ways, "Show Charts", "Show Log"]));
  if (run.state === "completed" && wanted === "all") {
    const result = keyMetric(run);
    const best = run.sweep ? "best " : "";
    const words = result ? `: ${best}${briefMetric(result)}` : "";
    const message = `${fullName(run)} finished in ${duration(run.elapsedSeconds)}${words}.`;
    say("info", message);
  } else if (run.state === "failed" && wanted !== "none") {
    const message = `${fullName(run)} failed${run.message ? `: ${whyFailed(run)}` : "."}`;
    const ways: Way[] = [
      ...(isOfEngine(run) ? ([resumeElsewhere] as const) : []),
      ...(run.code === "changed-data" ? ([resumeWithChangedData] as const) : []),
    ];
    say("error", message, ...ways);
  } else if (run.state === "interrupted" && wanted !== "none") {
    const message = `${fullName(run)} was interrupted ${whereWords(run)}`;
    say("warning", message, "Resume");
  }
}

/** Codes of failures that another engine or device may avoid. */
const isOfEngine = ({ code = "" }: RunSummary): boolean => /engine|gpu|^out-of-memory$/.test(code);

const whereWords = ({ step, sweep, hint = "" }: RunSummary): string =>
  sweep
    ? `with ${grouped(sweep.completed)} of them done. Resuming continues with the others.`
    : `at step ${grouped(step)}. ${hint}`;

function waysOn(run: RunSummary, ways: readonly Way[]): Answers {
  const row = { kind: "run", directory: run.directory } as const;
  return Object.fromEntries(
    ways.map((way) => [way, () => vscode.commands.executeCommand(commands[way], row)]),
  );
}

type Way = keyof typeof commands;

const commands = {
  Resume: "distill.resume",
  [resumeElsewhere]: "distill.resumeElsewhere",
  [resumeWithChangedData]: "distill.resumeWithChangedData",
  "Show Charts": "distill.openCharts",
  "Show Log": "distill.showLog",
} as const;
