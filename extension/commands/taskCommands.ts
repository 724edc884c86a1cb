import path from "node:path";
import * as vscode from "vscode";
import { FindNode, type RunSummary } from "../../server/protocol.ts";
import type { Connection } from "../client/connection.ts";
import { folderWords } from "../experiments/folderWords.ts";
import { isExaminable } from "../runs/examinable.ts";
import { showWhere } from "./reveal.ts";
import { explain, saved, trusted } from "./runCommands.ts";
import { experimentOf, runOf, type Targets } from "./target.ts";

const onnx = { name: "onnx", ending: ".onnx", program: "ONNX" } as const;
const tfjs = { name: "tfjs", ending: "", program: "TensorFlow.js" } as const;

const savedModel = { name: "savedmodel", ending: "", program: "SavedModel" } as const;

const page = { name: "web", ending: ".html", program: "Page" } as const;

const formats = [
  {
    ...onnx,
    label: "ONNX",
    detail: "Takes raw samples, gives probabilities; for servers, phones and browsers",
    words: [],
  },
  {
    ...onnx,
    label: "ONNX with logits",
    detail: "Takes raw samples; as a teacher for other students",
    words: ["--output", "logits"],
  },
  {
    ...onnx,
    label: "ONNX, the bare network",
    detail: "Takes samples that are already normalised, gives logits",
    words: ["--raw"],
  },
  {
    ...onnx,
    label: "ONNX in half the size (fp16)",
    detail: "Weights in 16 bits; refused if it loses half a point of the test samples",
    words: ["--precision", "fp16"],
  },
  {
    ...onnx,
    label: "ONNX in a quarter of the size (int8)",
    detail: "Weights in 8 bits; refused if it loses half a point of the test samples",
    words: ["--precision", "int8"],
  },
  {
    ...onnx,
    label: "ONNX in integers (int8)",
    detail: "Weights and activations in 8 bits, by ranges of training samples; refused alike",
    words: ["--precision", "int8", "--calibrate"],
  },
  {
    ...tfjs,
    label: "TensorFlow.js",
    detail: "model.json and its weights; takes raw samples, gives probabilities",
    words: [],
  },
  {
    ...tfjs,
    label: "TensorFlow.js, the bare network",
    detail: "Takes samples that are already normalised, gives logits",
    words: ["--raw"],
  },
  {
    ...savedModel,
    label: "TensorFlow SavedModel",
    detail: "For TensorFlow; takes raw samples, gives probabilities",
    words: [],
  },
  {
    ...page,
    label: "Page",
    detail: "A page in one file that shows the student in any browser: draw, drop, type",
    words: [],
  },
] as const;

const reportForms = [
  {
    name: "html",
    ending: "html",
    label: "Page",
    detail: "HTML in one file: result, curves, confusion, data, settings",
  },
  {
    name: "md",
    ending: "md",
    label: "Model card",
    detail: "Markdown with the front matter that Hugging Face reads",
  },
  { name: "csv", ending: "csv", label: "CSV", detail: "A row for each network and split" },
  { name: "latex", ending: "tex", label: "LaTeX", detail: "The rows of a table" },
  { name: "json", ending: "json", label: "JSON", detail: "All of it" },
] as const;

const safeName = (name: string): string => name.replace(/[^\w.-]+/g, "-");

/**
 * Evaluation, export and report are `distill evaluate`, `export` and `report` in a terminal of their own, which shows their
 * output and can end them. They run on the trainers' Node.
 */
export function taskCommands(connection: Connection, cli: string, targets: Targets) {
  const execute: Execute = (place, args) => executeTask(connection, cli, place, args);
  const pick = (args: readonly unknown[], placeHolder: string) =>
    runOf(targets, args, {
      among: isExaminable,
      placeHolder,
      none: "There is no run that has ended and can be read.",
    });

  return {
    async evaluate(...args: unknown[]): Promise<void> {
      const run = await pick(args, "Evaluate the student of which run?");
      if (run === undefined) return;
      const data = await pickTestData(run, await targets.experiments.files());
      if (data !== undefined) await execute(placeOf(run), ["evaluate", run.directory, "--data", data.fsPath]);
    },

    async evaluateTeacher(...args: unknown[]): Promise<void> {
      const uri = await experimentOf(targets, args);
      if (uri === undefined || !trusted()) return;
      const file = (await saved(uri))?.fsPath;
      if (file === undefined) return;
      const name = path.basename(file, ".distill.json");
      await execute({ name, folder: path.dirname(file) }, ["evaluate", file, "--teacher"]);
    },

    async report(...args: unknown[]): Promise<void> {
      const run = await pick(args, "A report on which run?");
      if (run !== undefined) await writeReport(run, execute);
    },

    async export(...args: unknown[]): Promise<void> {
      const run = await pick(args, "Export the student of which run?");
      if (run !== undefined) await exportStudent(run, execute);
    },
  };
}

/** @returns undefined where it cannot be started */
type Execute = (place: Place, args: readonly string[]) => Promise<vscode.TaskExecution | undefined>;

async function executeTask(
  connection: Connection,
  cli: string,
  { name, folder }: Place,
  args: readonly string[],
): Promise<vscode.TaskExecution | undefined> {
  const node = await connection.request(FindNode, {});
  if ("problem" in node) {
    explain(node.problem);
    return undefined;
  }
  const task = new vscode.Task(
    { type: "distill", command: args[0] },
    vscode.TaskScope.Workspace,
    `${args[0]} ${name}`,
    "Distillery",
    new vscode.ProcessExecution(node.path, [cli, ...args], { cwd: folder, env: { ...node.environment } }),
  );
  task.presentationOptions = {
    reveal: vscode.TaskRevealKind.Always,
    panel: vscode.TaskPanelKind.Dedicated,
    // In a terminal that is already full, the numbers would appear below its visible part.
    clear: true,
  };
  return vscode.tasks.executeTask(task);
}

async function pickTestData(run: RunSummary, files: readonly vscode.Uri[]): Promise<vscode.Uri | undefined> {
  const own = vscode.Uri.file(run.experiment);
  const items = [own, ...files.filter((uri) => uri.fsPath !== own.fsPath)].map((uri, index) => ({
    label: path.basename(uri.fsPath),
    description: [folderWords(uri), index === 0 ? "its own experiment" : ""].filter(Boolean).join(" · "),
    uri,
  }));
  if (items.length === 1) return own;
  const picked = await vscode.window.showQuickPick(items, {
    placeHolder: "On the test data of which experiment?",
  });
  return picked?.uri;
}

async function writeReport(run: RunSummary, execute: Execute): Promise<void> {
  const form = await vscode.window.showQuickPick(reportForms, { placeHolder: "In which form?" });
  if (form === undefined) return;
  const target = await vscode.window.showSaveDialog({
    title: `Report on ${run.name}`,
    defaultUri: besideExperiment(run, `${safeName(run.name)}-report.${form.ending}`),
    filters: { [form.label]: [form.ending] },
  });
  if (target === undefined) return;
  // The dialog has asked whether a file may be replaced.
  const words = ["report", run.directory, "--format", form.name, "--out", target.fsPath, "--replace"];
  const execution = await execute(placeOf(run), words);
  if (execution !== undefined && (await succeeded(execution)))
    showWhere(target, { open: form.name === "html" ? "outside" : "inside", verb: "Written" });
}

async function exportStudent(run: RunSummary, execute: Execute): Promise<void> {
  const format = await vscode.window.showQuickPick(formats, { placeHolder: "In which format?" });
  if (format === undefined) return;
  const name = `${safeName(run.name)}-${format.name === "web" ? "page" : "student"}${format.ending}`;
  const target = await vscode.window.showSaveDialog({
    title: `Export the student of ${run.name}`,
    defaultUri: besideExperiment(run, name),
    ...(format.ending ? { filters: { [format.program]: [format.ending.slice(1)] } } : {}),
  });
  if (target === undefined) return;
  const words = ["--format", format.name, ...format.words, "--out", target.fsPath, "--replace"];
  const execution = await execute(placeOf(run), ["export", run.directory, ...words]);
  if (execution === undefined || !(await succeeded(execution))) return;
  if (format.name === "web") showWhere(target, { open: "outside", verb: "Written" });
  else
    showWhere(target, {
      file: format.name === "tfjs" ? vscode.Uri.joinPath(target, "model.json") : target,
      more: "The terminal shows how to use it.",
    });
}

const besideExperiment = ({ experiment }: RunSummary, name: string): vscode.Uri =>
  vscode.Uri.joinPath(vscode.Uri.file(path.dirname(experiment)), name);

function succeeded(execution: vscode.TaskExecution): Promise<boolean> {
  return new Promise((resolve) => {
    const listener = vscode.tasks.onDidEndTaskProcess((ended) => {
      if (ended.execution !== execution) return;
      listener.dispose();
      resolve(ended.exitCode === 0);
    });
  });
}

interface Place {
  readonly name: string;
  readonly folder: string;
}

const placeOf = (run: RunSummary): Place => ({ name: run.name, folder: path.dirname(run.experiment) });
