import * as vscode from "vscode";
import type { RunSummary } from "../../server/protocol.ts";
import { resumeElsewhere, resumeWithChangedData } from "../commands/runCommands.ts";
import type { RunList } from "../runs/runList.ts";
import { duration, grouped, keyMetric, metric, title } from "../runs/wording.ts";

/**
 * A run that finishes or fails notifies once. Which runs were seen training is kept with the workspace, so that a run
 * that ends while the window is closed is told at the next start, and one that was told is not told again.
 */
export function notifyEnds(runs: RunList, memory: vscode.Memento): vscode.Disposable {
  const key = "distill.seenTraining";
  const training = new Set(memory.get<string[]>(key, []));
  return runs.onDidChange(() => {
    const before = training.size;
    let changed = false;
    // A sweep is told of when it ends, not each of its runs.
    for (const run of runs.whole()) {
      if (run.state === "running") training.add(run.directory);
      else if (training.delete(run.directory)) {
        changed = true;
        void tell(run);
      }
    }
    if (changed || training.size !== before) void memory.update(key, [...training]);
  });
}

async function tell(run: RunSummary): Promise<void> {
  const wanted = vscode.workspace.getConfiguration("distill").get<string>("notifications", "all");
  const row = { kind: "run", directory: run.directory } as const;
  const follow = async (chosen: Thenable<string | undefined>) => {
    const command = commands[(await chosen) ?? ""];
    if (command !== undefined) await vscode.commands.executeCommand(command, row);
  };
  if (run.state === "completed" && wanted === "all") {
    const result = keyMetric(run);
    const best = run.sweep ? "best " : "";
    const words = result
      ? `: ${best}${metric(result.name, result.value)} ${result.name.replace(".", " ")}`
      : "";
    const message = `${title(run)} finished in ${duration(run.elapsedSeconds)}${words}.`;
    await follow(vscode.window.showInformationMessage(message, "Show Charts", "Show Log"));
  } else if (run.state === "failed" && wanted !== "none") {
    const message = `${title(run)} failed${run.message ? `: ${run.message}` : "."}`;
    const ways = [
      ...(isOfEngine(run) ? [resumeElsewhere] : []),
      ...(run.code === "changed-data" ? [resumeWithChangedData] : []),
    ];
    await follow(vscode.window.showErrorMessage(message, ...ways, "Show Charts", "Show Log"));
  } else if (run.state === "interrupted" && wanted !== "none") {
    const message = `${title(run)} was interrupted ${whereWords(run)}`;
    await follow(vscode.window.showWarningMessage(message, "Resume", "Show Charts", "Show Log"));
  }
}

/** What another engine or device may not have in its way. */
const isOfEngine = ({ code = "" }: RunSummary): boolean => /engine|gpu|^out-of-memory$/.test(code);

const whereWords = ({ step, sweep }: RunSummary): string =>
  sweep
    ? `with ${grouped(sweep.completed)} of them done. Resuming goes on with the others.`
    : `at step ${grouped(step)}. Resuming continues from its last checkpoint.`;

const commands: Readonly<Record<string, string>> = {
  Resume: "distill.resume",
  [resumeElsewhere]: "distill.resumeElsewhere",
  [resumeWithChangedData]: "distill.resumeWithChangedData",
  "Show Charts": "distill.openCharts",
  "Show Log": "distill.showLog",
};
