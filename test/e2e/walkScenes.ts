import { misled } from "../run/misled.ts";
import { distill } from "../run/support.ts";
import { mnistExperiment, placeOf } from "./mnist.ts";
import { extensionId } from "./package.ts";
import { treeRows } from "./treeRows.ts";
import { until } from "./until.ts";
import type { VSCode } from "./vscode.ts";

/** Something that a person sees of the extension: brought up anew for each picture, and taken away after it. */
export interface Scene {
  readonly name: string;
  /** Once, before its first picture. */
  readonly before?: (vs: VSCode) => Promise<void>;
  readonly show?: (vs: VSCode) => Promise<void>;
  readonly leave?: (vs: VSCode) => Promise<void>;
  /** Of a picture of the README: the part of the window that it shows. */
  readonly clip?: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
}

/** With the files of a split in a line, so that all of it and the chart below fit on a screen. */
const mnist = mnistExperiment({ temperature: 4, epochs: 40 }).replace(
  /\{\s+"type": "idx"[^}]*\}/g,
  (source) => source.replace(/\s+/g, " "),
);
const sweep = mnistExperiment({ name: "sweep", temperature: 4, epochs: 1 }).replace(
  /\n\}\n$/,
  `,
  "sweep": {
    "parameters": {
      "losses[0].temperature": [2, 4, 8],
      "losses[0].weight": [0.3, 0.6, 0.9]
    }
  }
}
`,
);
const wrong = mnist
  .replace('"batchSize"', '"batchsize"')
  .replace(
    '"losses": [',
    '"optimizer": { "type": "adamv" },\n  "losses": [\n    { "type": "hint", "student": "here", "teacher": "nowhere" },',
  );
export const files: Readonly<Record<string, string>> = {
  "mnist.distill.json": mnist,
  "sweep.distill.json": sweep,
  "wrong.distill.json": wrong,
  "empty.distill.json": "",
  "diverging.distill.json": mnistExperiment({ name: "diverging", temperature: 4, epochs: 1 }).replace(
    '"training": {',
    '"optimizer": { "type": "sgd", "learningRate": 1e30 },\n  "training": {',
  ),
};

const panel = (vs: VSCode) => vs.webview(extensionId);
const dismiss = (vs: VSCode) => vs.press("Escape");
const choose = (vs: VSCode, words: string, entry: string) => treeRows(() => vs).choose(words, entry);
const row = (vs: VSCode, words: string | RegExp) =>
  vs.page.locator(".pane-body .monaco-list-row").filter({ hasText: words }).first();
const tab = (name: string) => (vs: VSCode) => panel(vs).getByRole("tab", { name }).click();
const firstPick = (vs: VSCode) => vs.page.locator(".quick-input-list .monaco-list-row").first().waitFor();
const closeToasts = (vs: VSCode) =>
  vs.runCommand("notifications.clearAll", "Notifications: Clear All Notifications");

/** The cursor stands in the text, right of the place by so many characters. */
async function goTo(vs: VSCode, file: string, text: string, by = 0): Promise<void> {
  await vs.press("Control+1");
  await vs.openFile(file);
  const [line, column] = placeOf(files[file] ?? "", text);
  await vs.goTo(line, column + by);
}

async function run(vs: VSCode, ...words: string[]): Promise<void> {
  await distill(["run", ...words], { cwd: vs.folders.workspace });
}

/** In the order of a day: what needs no runs, one that trains, many. Each builds on those before it. */
export const scenes: readonly Scene[] = [
  {
    name: "no-runs",
    before: async (vs) => {
      await vs.openFile("mnist.distill.json");
      await vs.page.locator('.activitybar .action-label[aria-label^="Distillery"]').first().click();
      await vs.page.getByText("No runs yet").first().waitFor();
      await vs.page.mouse.move(5, 5);
    },
  },
  {
    name: "new-experiment",
    show: async (vs) => {
      await vs.runCommand("distill.newExperiment", "Distillery: New Experiment");
      await firstPick(vs);
    },
    leave: dismiss,
  },
  {
    name: "starting-points",
    show: async (vs) => {
      await vs.openFile("empty.distill.json");
      await vs.press("Control+Space");
      await vs.suggestRows.first().waitFor();
    },
    leave: dismiss,
  },
  {
    name: "refused",
    show: async (vs) => {
      await vs.openFile("wrong.distill.json");
      await vs.runCommand("distill.run", "Distillery: Run");
      await vs.toasts.first().waitFor();
    },
    leave: closeToasts,
  },
  {
    name: "problems",
    show: async (vs) => {
      await vs.problems();
    },
    leave: (vs) => vs.press("Control+J"),
  },
  {
    name: "quick-fix",
    show: async (vs) => {
      await goTo(vs, "wrong.distill.json", '"batchsize"', 2);
      await vs.press("Control+.");
      await vs.page.locator(".action-widget .monaco-list-row").first().waitFor();
    },
    leave: dismiss,
  },
  {
    name: "hover-loss",
    show: (vs) => vs.hover(...placeOf(mnist, '"kd"'), "Hinton"),
    before: (vs) => vs.openFile("mnist.distill.json"),
    leave: dismiss,
  },
  {
    name: "hover-file",
    show: (vs) => vs.hover(...placeOf(mnist, '"data/train-images'), "28"),
    leave: dismiss,
  },
  {
    name: "complete-loss",
    show: async (vs) => {
      await goTo(vs, "mnist.distill.json", '"kd"', 1);
      await vs.press("Control+Space");
      await vs.suggestRows.first().waitFor();
    },
    leave: dismiss,
  },
  {
    name: "complete-file",
    show: async (vs) => {
      await goTo(vs, "mnist.distill.json", '"data/train-images', 6);
      await vs.press("Control+Space");
      await vs.suggestRows.first().waitFor();
    },
    leave: dismiss,
  },
  {
    name: "outline",
    show: async (vs) => {
      await vs.press("Control+Shift+O");
      await firstPick(vs);
    },
    leave: dismiss,
  },
  {
    name: "panel",
    before: async (vs) => {
      await run(vs, "diverging.distill.json");
      await run(vs, "sweep.distill.json");
      await row(vs, "9 of 9 runs").waitFor();
      await row(vs, "9 of 9 runs").locator(".monaco-tl-twistie").click(); // A line as long as nobody looks into it.
      await closeToasts(vs);
      await goTo(vs, "mnist.distill.json", '"name"');
      await vs.runCommand("distill.toggleInlineChart", "Distillery: Toggle Inline Chart");
      await vs.runCommand("distill.run", "Distillery: Run");
      await row(vs, /^\d\d:\d\d:\d\d.*%/).waitFor();
      await vs.runCommand("distill.openCharts", "Distillery: Open Charts");
      await panel(vs).locator(".chart .readout .value").first().waitFor();
      await panel(vs).locator("label", { hasText: "Log" }).locator("input").check();
      await until("a third of the steps", async () =>
        /step ([5-9]\d\d|\d,\d{3})/.test(
          (await vs.statusItem(`${extensionId}.distill.progress`).textContent()) ?? "",
        ),
      );
    },
    show: (vs) => goTo(vs, "mnist.distill.json", '"name"'),
  },
  {
    name: "finished",
    before: async (vs) => {
      await vs.toasts.filter({ hasText: /mnist · .* finished/ }).waitFor();
    },
    leave: closeToasts,
  },
  {
    name: "hover",
    show: (vs) => vs.hover(...placeOf(mnist, '"kd"'), "completed"),
    clip: { x: 352, y: 30, width: 660, height: 660 },
    leave: dismiss,
  },
  {
    name: "many-runs",
    before: async (vs) => {
      await run(vs, "mnist.distill.json", "--set", "losses[0].temperature=6", "--set", "training.epochs=8");
      await run(vs, "mnist.distill.json", "--set", "data.batchSize=128", "--set", "training.epochs=4");
      await misled({ after: () => undefined } as never, { folder: vs.folders.workspace });
      await run(vs, "clusters.distill.json");
      await row(vs, "warning").waitFor();
      await row(vs, "9 of 9 runs").locator(".monaco-tl-twistie").click();
      await closeToasts(vs);
    },
  },
  {
    name: "tooltip",
    show: async (vs) => {
      await row(vs, "warning").hover();
      await vs.page.locator(".workbench-hover").first().waitFor();
    },
    leave: (vs) => vs.page.mouse.move(5, 5),
  },
  {
    name: "row-menu",
    show: async (vs) => {
      await row(vs, "% test").click({ button: "right" });
      await vs.page.locator(".monaco-menu .action-label").first().waitFor();
    },
    leave: dismiss,
  },
  {
    name: "all-charts",
    before: (vs) => panel(vs).getByRole("button", { name: "All", exact: true }).click(),
    show: async (vs) => {
      await panel(vs).locator(".chart .stage").first().focus();
      for (const key of ["Home", ...Array.from({ length: 10 }, () => "ArrowRight")]) await vs.press(key);
    },
  },
  { name: "all-compared", show: tab("Compare") },
  { name: "table", show: tab("Table") },
  { name: "sweep-compared", before: (vs) => choose(vs, "9 of 9 runs", "Compare Runs") },
  {
    name: "heat-map",
    show: (vs) => panel(vs).locator("table.heat-map").scrollIntoViewIfNeeded(),
  },
  {
    name: "runs-compared",
    before: async (vs) => {
      await goTo(vs, "mnist.distill.json", '"name"');
      await vs.runCommand("distill.compare", "Distillery: Compare Runs");
    },
  },
  { name: "warned", before: (vs) => choose(vs, "warning", "Open Charts") },
  { name: "failed", before: (vs) => choose(vs, "failed", "Open Charts") },
  { name: "log", before: (vs) => choose(vs, "failed", "Show Log") },
  {
    name: "files-compared",
    before: async (vs) => {
      await goTo(vs, "mnist.distill.json", '"name"');
      await vs.runCommand("distill.compareFiles", "Distillery: Compare Experiment Files");
      await vs.pick("sweep.distill.json");
      await vs.page.locator(".monaco-diff-editor .view-line").first().waitFor();
    },
  },
  {
    name: "export",
    show: async (vs) => {
      await choose(vs, "% test", "Export Student");
      await firstPick(vs);
    },
    leave: dismiss,
  },
  {
    name: "delete",
    show: async (vs) => {
      await choose(vs, "9 of 9 runs", "Delete Run");
      await vs.dialog.waitFor();
    },
    leave: (vs) => vs.dialog.getByRole("button", { name: "Cancel" }).click(),
  },
  { name: "sweep", show: (vs) => goTo(vs, "sweep.distill.json", '"parameters"') },
  {
    name: "walkthrough",
    before: (vs) => vs.runCommand("distill.openWalkthrough", "Distillery: Open Walkthrough"),
  },
  {
    name: "doctor",
    before: async (vs) => {
      await vs.runCommand("distill.engineDoctor", "Distillery: Engine Doctor");
      await vs.page.locator(".tab", { hasText: "Engine Doctor" }).waitFor();
    },
  },
];
