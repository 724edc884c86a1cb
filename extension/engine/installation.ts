import * as vscode from "vscode";
import type { EngineFailure, InstallLine } from "../../server/protocol.ts";
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
 * Installs an engine behind a notification that says what is being done and can cancel it, and tells how it ended.
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
    void offerDoctor(readyMessage(result));
    return true;
  }
  const next = await explainFailure(parts, result, wanted);
  return next === undefined ? false : install(parts, next, closing);
}

/** A notification with a button shows all of its text at once. */
async function offerDoctor(message: string): Promise<void> {
  const examine = "Engine Doctor";
  const chosen = await vscode.window.showInformationMessage(message, examine);
  if (chosen === examine) await vscode.commands.executeCommand("distill.engineDoctor");
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
  let said = "";
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
        if (words !== said) parts.log.info(progressMessage(report));
        said = words;
      }
    },
  });
  if (ended === undefined) return undefined;
  return result ?? brokenInstaller(ended.endSignal ?? `exit code ${ended.code}`, ended.stderr);
}

/** @returns what to install next, where the answer was to try again */
async function explainFailure(
  { log }: EngineParts,
  failure: EngineFailure,
  wanted: Wanted,
): Promise<Wanted | undefined> {
  const message = failureMessage(failure);
  if (failure.code === "cancelled") {
    log.info(message);
    void vscode.window.showInformationMessage(failure.message); // The hint would push it out of its one line.
    return undefined;
  }
  log.error(`${failure.code}: ${message}${failure.detail === "" ? "" : `\n${failure.detail}`}`);
  const actions = actionsOf(failure);
  const chosen = await vscode.window.showErrorMessage(
    message,
    ...actions.map((action) => failureActions[action]),
  );
  const action = (Object.keys(failureActions) as FailureAction[]).find(
    (name) => failureActions[name] === chosen,
  );
  switch (action) {
    case "again":
      return wanted;
    case "folder": {
      const from = await pickFolder();
      return from === undefined ? undefined : { ...wanted, from };
    }
    case "copy":
      await vscode.env.clipboard.writeText(failure.command ?? "");
      return undefined;
    case "details":
      log.show();
      return undefined;
    default:
      return undefined;
  }
}
