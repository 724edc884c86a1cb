import path from "node:path";
import process from "node:process";
import * as vscode from "vscode";
import type { RunSummary } from "../../server/protocol.ts";
import { saved, trusted } from "./runCommands.ts";
import { experimentOf, runOf, type Targets } from "./target.ts";

const formats = [
  {
    label: "ONNX",
    detail: "For ONNX Runtime on servers, phones and in browsers",
    format: "onnx",
    ending: ".onnx",
  },
  { label: "TensorFlow.js", detail: "A folder with model.json and its weights", format: "tfjs", ending: "" },
] as const;

/**
 * Evaluating and exporting are `distill evaluate` and `distill export` in a terminal of their own: their output is
 * theirs to show, and they can be ended there. They run on the editor's own Node, or on `distill.nodePath`.
 */
export function taskCommands(cli: string, targets: Targets) {
  const pick = (args: readonly unknown[], placeHolder: string) =>
    runOf(targets, args, {
      among: ({ state }) => state !== "running",
      placeHolder,
      none: "There is no run that has ended.",
    });

  return {
    async evaluate(...args: unknown[]): Promise<void> {
      const run = await pick(args, "Evaluate the student of which run?");
      if (run === undefined) return;
      const files = await targets.experiments.files();
      const own = vscode.Uri.file(run.experiment);
      const items = [own, ...files.filter((uri) => uri.fsPath !== own.fsPath)].map((uri, index) => ({
        label: path.basename(uri.fsPath),
        ...(index === 0 ? { description: "its own experiment" } : {}),
        uri,
      }));
      const data =
        items.length === 1
          ? items[0]
          : await vscode.window.showQuickPick(items, {
              placeHolder: "On the test data of which experiment?",
            });
      if (data === undefined) return;
      await execute(cli, placeOf(run), ["evaluate", run.directory, "--data", data.uri.fsPath]);
    },

    async evaluateTeacher(...args: unknown[]): Promise<void> {
      const uri = await experimentOf(targets, args);
      if (uri === undefined || !(await trusted()) || !(await saved(uri))) return;
      const name = path.basename(uri.fsPath, ".distill.json");
      await execute(cli, { name, folder: path.dirname(uri.fsPath) }, ["evaluate", uri.fsPath, "--teacher"]);
    },

    async export(...args: unknown[]): Promise<void> {
      const run = await pick(args, "Export the student of which run?");
      if (run === undefined) return;
      const format = await vscode.window.showQuickPick(formats, { placeHolder: "In which format?" });
      if (format === undefined) return;
      const folder = vscode.Uri.file(path.dirname(run.experiment));
      const name = `${run.name.replace(/[^\w.-]+/g, "-")}-student${format.ending}`;
      const target = await vscode.window.showSaveDialog({
        title: `Export the student of ${run.name}`,
        defaultUri: vscode.Uri.joinPath(folder, name),
        ...(format.ending ? { filters: { [format.label]: [format.ending.slice(1)] } } : {}),
      });
      if (target === undefined) return;
      await execute(cli, placeOf(run), [
        "export",
        run.directory,
        "--format",
        format.format,
        "--out",
        target.fsPath,
      ]);
    },
  };
}

interface Place {
  readonly name: string;
  readonly folder: string;
}

const placeOf = (run: RunSummary): Place => ({ name: run.name, folder: path.dirname(run.experiment) });

async function execute(cli: string, { name, folder }: Place, args: readonly string[]): Promise<void> {
  const configured = vscode.workspace.getConfiguration("distill").get<string>("nodePath", "");
  const task = new vscode.Task(
    { type: "distill", command: args[0] },
    vscode.TaskScope.Workspace,
    `${args[0]} ${name}`,
    "Distillery",
    new vscode.ProcessExecution(configured || process.execPath, [cli, ...args], {
      cwd: folder,
      // The editor's own executable is Electron on the desktop and has to be told to be Node.
      env: { ELECTRON_RUN_AS_NODE: "1" },
    }),
  );
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, panel: vscode.TaskPanelKind.Dedicated };
  await vscode.tasks.executeTask(task);
}
