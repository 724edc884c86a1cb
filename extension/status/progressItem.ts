import * as vscode from "vscode";
import { percent } from "../../server/grouped.ts";
import type { RunSummary } from "../../server/protocol.ts";
import { Pace } from "../runs/pace.ts";
import type { RunList } from "../runs/runList.ts";
import { progressWords, title } from "../runs/wording.ts";

const redrawMilliseconds = 500;

/** Status bar item: the running training and its progress; hidden while nothing trains. */
export function showProgress(runs: RunList): vscode.Disposable {
  const item = vscode.window.createStatusBarItem("distill.progress", vscode.StatusBarAlignment.Left, 10);
  item.name = "Distillery Runs";
  item.command = { command: "distill.openCharts", title: "Open Charts", arguments: ["running"] };
  const pace = new Pace(redrawMilliseconds, () => {
    const running = runs.running();
    if (running.length === 0) {
      item.hide();
      return;
    }
    item.text = `$(sync~spin) ${words(running)}`;
    item.tooltip = running.map((run) => `${title(run)}: ${progressWords(run)}`).join("\n");
    item.accessibilityInformation = { label: `Distillery, ${words(running)}`, role: "button" };
    item.show();
  });
  return vscode.Disposable.from(
    item,
    pace,
    runs.onDidChange(() => pace.ask()),
  );
}

function words(running: readonly RunSummary[]): string {
  const [only, ...others] = running;
  if (only === undefined) return "";
  if (others.length > 0) {
    const shares = running.map(({ progress = 0 }) => progress);
    return `${running.length} runs ${percent(shares.reduce((a, b) => a + b, 0) / shares.length, 0)}`;
  }
  return `${title(only)} ${progressWords(only)}`;
}
