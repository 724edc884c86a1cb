import * as vscode from "vscode";
import type { EngineFailure, InstallLine } from "../../server/protocol.ts";
import { notify } from "../notify.ts";
import { distillEngine, type EngineParts } from "./distill.ts";
import { installLine } from "./lines.ts";
import { pickFolder, type Wanted } from "./pickEngine.ts";
import {
  actionsOf,
  brokenInstaller,
  engineNames,
  type FailureAction,
  failureActions,
  failureMessage,
  progressMessage,
  readyMessage,
} from "./wording.ts";

type Result = Extract<InstallLine, { event: "ready" | "error" }>;

/**
 * Installs an engine behind a notification with progress and a cancel button, then reports the outcome.
 * @returns whether an engine was installed
 */
export async function install(parts: EngineParts, wanted: Wanted, closing: AbortSignal): Promise<boolean> {
  const result = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: `Installing ${engineNames[wanted.kind]}`,
      cancellable: true,
    },
    (progress, token) => build(parts, wanted, { progress, token, closing }),
  );
  if (result === undefined || closing.aborted) return false;
  if (result.event === "ready") {
    parts.log.info(readyMessage(result), result.folder);
    // A notification with a button shows its full text at once.
    notify("info", readyMessage(result), {
      "Engine Doctor": () => vscode.commands.executeCommand("distill.engineDoctor"),
    });
    return true;
  }
  explainFailure(parts, result, wanted);
  return false;
}

interface Attended {
  readonly progress: vscode.Progress<{ message?: string; increment?: number }>;
  readonly token: vscode.CancellationToken;
  readonly closing: AbortSignal;
}

async function build(
  parts: EngineParts,
  { kind, from }: Wanted,
  { progress, token, closing }: Attended,
): Promise<Result | undefined> {
  const cancelled = new AbortController();
  token.onCancellationRequested(() => {
    progress.report({ message: "Cancelling" });
    cancelled.abort();
  });
  let result: Result | undefined;
  let shown = 0;
  let logged = "";
  const args = [
    ...["install", "tensorflow", "--json"],
    ...(kind === "gpu" ? ["--gpu"] : []),
    ...(from === undefined ? [] : ["--from", from]),
  ];
  const ended = await distillEngine(parts, args, {
    signal: AbortSignal.any([cancelled.signal, closing]),
    onLine: (line) => {
      const report = installLine(line);
      if (report === undefined) parts.log.info(line);
      else if (report.event !== "progress") result = report;
      else if (!cancelled.signal.aborted) {
        const percent = Math.max(shown, (report.overall ?? 0) * 100);
        progress.report({ message: progressMessage(report), increment: percent - shown });
        shown = percent;
        const words = `${report.step} ${report.what}`;
        if (words !== logged) parts.log.info(progressMessage(report));
        logged = words;
      }
    },
  });
  if (ended === undefined) return undefined;
  return result ?? brokenInstaller(ended.endSignal ?? `exit code ${ended.code}`, ended.stderr);
}

/** Shows the reason, with its hint. */
function explainFailure({ log }: EngineParts, failure: EngineFailure, wanted: Wanted): void {
  const message = failureMessage(failure);
  if (failure.code === "cancelled") {
    log.info(message);
    notify("info", failure.message); // The hint would not fit in its one line.
    return;
  }
  log.error(`${failure.code}: ${message}${failure.detail === "" ? "" : `\n${failure.detail}`}`);
  const again = ({ kind, from }: Wanted) =>
    vscode.commands.executeCommand("distill.installEngine", kind, from);
  const act: Readonly<Record<FailureAction, () => unknown>> = {
    again: () => again(wanted),
    folder: async () => {
      const from = await pickFolder();
      if (from !== undefined) await again({ ...wanted, from });
    },
    copy: () => vscode.env.clipboard.writeText(failure.command ?? ""),
    details: () => log.show(),
  };
  const answers = actionsOf(failure).map((action) => [failureActions[action], act[action]] as const);
  notify("error", message, Object.fromEntries(answers));
}
