import * as vscode from "vscode";
import { duration } from "../../server/duration.ts";
import { grouped } from "../../server/grouped.ts";
import type { RunSummary } from "../../server/protocol.ts";
import { resumeElsewhere, resumeWithChangedData } from "../commands/runCommands.ts";
import { type Answers, notify, type Severity } from "../notify.ts";
import type { RunList } from "../runs/runList.ts";
import { briefMetric, fullName, keyMetric, whyFailed } from "../runs/wording.ts";

/**
 * A run that finishes or fails notifies once. Which runs were seen training is kept with the workspace, so that a run
 * that ends while the window is closed is told at the next start, and one that was told is not told again.
 */
export function notifyEnds(runs: RunList, memory: vscode.Memento): vscode.Disposable {
  const key = "distill.seenTraining";
  const training = new Set(memory.get<string[]>(key, []));
  /** Seen by this window, as they were last. */
  const seen = new Map<string, RunSummary>();
  /** How runs that are over have ended, as this window knows it. */
  const ends = new Map<string, string>();
  return runs.onDidChange(() => {
    const before = training.size;
    let changed = false;
    // A sweep is told of when it ends, not each of its runs.
    for (const run of runs.whole()) {
      if (run.state === "running") {
        training.add(run.directory);
        seen.set(run.directory, run);
        ends.delete(run.directory);
        continue;
      }
      const last = ends.get(run.directory);
      const end = endOf(run);
      ends.set(run.directory, end);
      // One that is refused as soon as it is resumed is over before anyone has seen it run.
      const hasFailedUnseen = run.state === "failed" && last !== undefined && last !== end;
      if (training.delete(run.directory)) changed = true;
      else if (!hasFailedUnseen) continue;
      tell(run);
    }
    for (const [directory, run] of seen) {
      if (runs.get(directory)?.state === "running") continue;
      seen.delete(directory);
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

/** The run itself can say no more. */
function reportGone(run: RunSummary): void {
  if (wantedOf() === "none") return;
  const words = `${fullName(run)} was moved or deleted while it trained, so its trainer ends: ${run.directory} is not there.`;
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

/** What another engine or device may not have in its way. */
const isOfEngine = ({ code = "" }: RunSummary): boolean => /engine|gpu|^out-of-memory$/.test(code);

const whereWords = ({ step, sweep }: RunSummary): string =>
  sweep
    ? `with ${grouped(sweep.completed)} of them done. Resuming goes on with the others.`
    : `at step ${grouped(step)}. Resuming continues from its last checkpoint.`;

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
