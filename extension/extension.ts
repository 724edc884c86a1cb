import * as vscode from "vscode";
import { Connection } from "./client/connection.ts";
import { ComparedFiles } from "./commands/comparedFiles.ts";
import { fileCommands } from "./commands/fileCommands.ts";
import { LogDocuments } from "./commands/logDocuments.ts";
import { missingFileCommands } from "./commands/missingFiles.ts";
import { newExperiment } from "./commands/newExperiment.ts";
import { ResumedRuns } from "./commands/resumed.ts";
import { runCommands } from "./commands/runCommands.ts";
import type { Targets } from "./commands/target.ts";
import { taskCommands } from "./commands/taskCommands.ts";
import { goOnTrying, tryIt } from "./commands/tryIt.ts";
import { engineCommands } from "./engine/engineCommands.ts";
import { Experiments } from "./experiments/experiments.ts";
import { curveAt } from "./hover/curveHover.ts";
import { Anchors } from "./inline/anchors.ts";
import { Curves } from "./inline/curves.ts";
import { drawInline } from "./inline/decorations.ts";
import { notify } from "./notify.ts";
import { ChartPanel } from "./panel/chartPanel.ts";
import { shownBy } from "./panel/shownRuns.ts";
import { studentPanels } from "./panel/studentPanel.ts";
import { keepContextKeys } from "./runs/contextKeys.ts";
import { PinnedRuns } from "./runs/pinned.ts";
import { RunList } from "./runs/runList.ts";
import { notifyEnds } from "./status/notifications.ts";
import { showProgress } from "./status/progressItem.ts";
import { showRunsTree } from "./tree/runsTree.ts";

/**
 * Joins the parts. Nothing here waits: the language server starts after activation, and its data (runs, curves, places
 * in the text) fill the views as they arrive.
 */
export function activate(context: vscode.ExtensionContext): void {
  const asset = (...names: string[]) => vscode.Uri.joinPath(context.extensionUri, ...names).fsPath;
  const log = vscode.window.createOutputChannel("Distillery", { log: true });
  const connection = new Connection({ serverModule: asset("dist", "server.mjs"), log });
  const runs = new RunList(connection);
  const experiments = new Experiments();
  const pinned = new PinnedRuns(context.workspaceState);
  const anchors = new Anchors(connection);
  const curves = new Curves(connection);
  const panel = new ChartPanel({
    connection,
    runs,
    extension: context.extensionUri,
    memory: context.workspaceState,
    cli: asset("dist", "cli.mjs"),
  });

  const targets: Targets = { runs, experiments };
  connection.hoverAddition = (document, position) => curveAt({ runs, curves, anchors }, document, position);

  context.subscriptions.push(
    log,
    connection,
    runs,
    experiments,
    pinned,
    anchors,
    curves,
    panel,
    keepContextKeys(runs, experiments),
    showRunsTree({
      connection,
      runs,
      pinned,
      open: (row) => panel.show(shownBy(targets, [row]), { tab: "charts", preserveFocus: true }),
    }),
    showProgress(runs),
    notifyEnds(runs, context.workspaceState),
    drawInline({ runs, curves, anchors }),
  );

  const engines = engineCommands({ connection, cli: asset("dist", "cli.mjs"), log });
  const resumed = new ResumedRuns(connection);
  const logs = new LogDocuments(connection, runs);
  const compared = new ComparedFiles(connection);
  context.subscriptions.push(engines, resumed, logs, compared);
  const { runWithCharts, ...running } = runCommands(connection, targets, resumed);
  const trying = { connection, storage: context.globalStorageUri, run: runWithCharts };
  register(context, log, {
    ...running,
    ...fileCommands({ connection, targets, pinned, logs, compared }),
    ...taskCommands(connection, asset("dist", "cli.mjs"), targets),
    tryStudent: studentPanels({
      connection,
      cli: asset("dist", "cli.mjs"),
      targets,
      storage: context.globalStorageUri,
    }),
    ...missingFileCommands({ connection, targets, extension: context.extensionUri }),
    ...engines.commands,
    tryIt: () => tryIt(trying),
    newExperiment: () => newExperiment(connection),
    openCharts: (...args) => panel.show(shownBy(targets, args), { tab: "charts" }),
    compare: (...args) => panel.show(shownBy(targets, args, 2), { tab: "compare" }),
    toggleInlineChart,
    refreshRuns: async () => {
      const count = await runs.readAgain();
      const words = count === 0 ? "no runs" : count === 1 ? "1 run" : `${count} runs`;
      vscode.window.setStatusBarMessage(`$(refresh) Found ${words}`, 3000);
    },
    restartServer: async () => {
      await connection.restart();
      vscode.window.setStatusBarMessage("$(debug-restart) The language server was restarted", 5000);
    },
    showServerLog: () => log.show(),
    openWalkthrough: () =>
      vscode.commands.executeCommand(
        "workbench.action.openWalkthrough",
        `${context.extension.id}#start`,
        false,
      ),
  });

  setImmediate(() => void connection.start().then(() => goOnTrying(trying)));
}

type Command = (...args: unknown[]) => unknown;

/** Registers commands for the extension's lifetime; a failed one is logged and shown briefly. */
function register(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  commands: Readonly<Record<string, Command>>,
): void {
  for (const [name, run] of Object.entries(commands)) {
    const guarded = async (...args: unknown[]) => {
      try {
        await run(...args);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        log.error(`distill.${name}: ${error instanceof Error ? (error.stack ?? message) : message}`);
        notify("error", `Distillery: ${message}`, { "Show Log": () => log.show() });
      }
    };
    context.subscriptions.push(vscode.commands.registerCommand(`distill.${name}`, guarded));
  }
}

async function toggleInlineChart(): Promise<void> {
  const settings = vscode.workspace.getConfiguration("distill");
  const shown = settings.get("inlineChart", false);
  await settings.update("inlineChart", !shown, vscode.ConfigurationTarget.Global);
}
