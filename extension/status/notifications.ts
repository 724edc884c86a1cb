import * as vscode from "vscode";
import type { RunSummary } from "../../server/protocol.ts";
import type { RunList } from "../runs/run-list.ts";
import { duration, keyMetric, metric } from "../runs/wording.ts";

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
    for (const run of runs.all()) {
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
  const showCharts = "Show Charts";
  const showLog = "Show Log";
  let chosen: string | undefined;
  if (run.state === "completed" && wanted === "all") {
    const result = keyMetric(run);
    const words = result ? `: ${metric(result.name, result.value)} ${result.name.replace(".", " ")}` : "";
    chosen = await vscode.window.showInformationMessage(
      `${run.name} finished in ${duration(run.elapsedSeconds)}${words}.`,
      showCharts,
      showLog,
    );
  } else if ((run.state === "failed" || run.state === "interrupted") && wanted !== "none") {
    const message =
      run.state === "failed"
        ? `${run.name} failed${run.message ? `: ${run.message}` : "."}`
        : `${run.name} was interrupted at step ${run.step}. Resume continues from its last checkpoint.`;
    chosen = await vscode.window.showErrorMessage(message, showCharts, showLog);
  }
  const row = { kind: "run", directory: run.directory } as const;
  if (chosen === showCharts) await vscode.commands.executeCommand("distill.openCharts", row);
  if (chosen === showLog) await vscode.commands.executeCommand("distill.showLog", row);
}
