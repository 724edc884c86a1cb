import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { misled } from "../run/misled.ts";
import { loggedEvents } from "./eventLog.ts";
import { placeOf } from "./mnist.ts";
import { extensionId } from "./package.ts";
import { until } from "./until.ts";
import type { VSCode } from "./vscode.ts";
import { mnist } from "./walkFiles.ts";
import {
  choose,
  closeToasts,
  dismiss,
  firstPick,
  goTo,
  panel,
  row,
  run,
  type Scene,
  widenSideBar,
} from "./walkScene.ts";
import { writing } from "./walkWriting.ts";

const tab = (name: string) => (vs: VSCode) => panel(vs).getByRole("tab", { name }).click();

/** In the order of a day: what needs no runs, one that trains, many. Each builds on those before it. */
export const scenes: readonly Scene[] = [
  {
    name: "no-runs",
    before: async (vs) => {
      await vs.openFile("mnist.distill.json");
      await vs.openRunsView();
      await vs.page.getByText("No runs yet").first().waitFor();
      await vs.page.mouse.move(5, 5);
    },
  },
  ...writing,
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
  ...(["table", "parallel", "scatter"] as const).map(
    (look): Scene => ({
      name: `runs-${look}`,
      show: async (vs) => {
        await panel(vs).getByRole("tab", { name: "Runs", exact: true }).click();
        await panel(vs).getByLabel("View", { exact: true }).selectOption(look);
      },
    }),
  ),
  {
    name: "zoomed",
    before: async (vs) => {
      await tab("Charts")(vs);
      await drag(vs, [0.2, 0.6]);
    },
    show: pan,
  },
  {
    name: "smoothed-log",
    before: async (vs) => {
      await panel(vs).getByRole("button", { name: "Reset" }).click();
      await panel(vs).locator("label", { hasText: "Log" }).locator("input").check();
      await panel(vs).locator("label", { hasText: "Smoothing" }).locator("input").fill("0.9");
    },
  },
  {
    name: "exported",
    before: (vs) => panel(vs).locator("label", { hasText: "Log" }).locator("input").uncheck(),
    show: async (vs) => {
      const file = path.join(vs.folders.workspace, "mnist-charts.png");
      fs.rmSync(file, { force: true });
      await panel(vs).getByRole("button", { name: "PNG" }).click();
      await vs.saveAs(file);
      await vs.toasts.filter({ hasText: "Exported" }).first().waitFor();
    },
    leave: closeToasts,
  },
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
  ...[170, 220, 270].map(
    (width): Scene => ({
      name: `side-bar-${width}`,
      before: (vs) => widenSideBar(vs, width),
      show: (vs) => vs.page.mouse.move(5, 5),
    }),
  ),
  {
    name: "sweep",
    before: (vs) => widenSideBar(vs, 300),
    show: (vs) => goTo(vs, "sweep.distill.json", '"parameters"'),
  },
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
  {
    name: "running",
    before: async (vs) => {
      await goTo(vs, "long.distill.json", '"name"');
      await vs.runCommand("distill.run", "Distillery: Run");
      await steps(vs);
    },
    show: (vs) => goTo(vs, "long.distill.json", '"name"'),
  },
  {
    name: "stopped",
    before: async (vs) => {
      await vs.runCommand("distill.stop", "Distillery: Stop");
      await row(vs, "stopped at").waitFor();
      await vs.waitForCodeLens("Resume");
    },
  },
  {
    name: "killed",
    before: async (vs) => {
      await vs.runCommand("distill.resume", "Distillery: Resume");
      const trainer = await until("the trainer", () =>
        vs.processes().find(({ command }) => command.includes("trainer.mjs")),
      );
      // Killed before it has logged anything, it would leave a run that was stopped.
      const log = path.join(newestRun(vs, "long"), "events.jsonl");
      await until("a step", () => loggedEvents<{ type: string }>(log).at(-1)?.type === "step");
      process.kill(trainer.pid, "SIGKILL");
      await row(vs, "interrupted").waitFor();
      await vs.waitForCodeLens("Resume");
    },
  },
  {
    name: "gone",
    before: async (vs) => {
      await choose(vs, "interrupted", "Open Charts");
      await panel(vs).locator(".chart .readout .value").first().waitFor();
      fs.rmSync(newestRun(vs, "long"), { recursive: true });
      await row(vs, "interrupted").waitFor({ state: "detached" });
    },
  },
  {
    name: "file-gone",
    before: async (vs) => {
      fs.rmSync(path.join(vs.folders.workspace, "diverging.distill.json"));
    },
    show: (vs) => choose(vs, "failed", "Open Experiment"),
    leave: closeToasts,
  },
  {
    name: "restarting",
    show: async (vs) => {
      await vs.openFile("mnist.distill.json");
      await vs.runCommand("distill.restartServer", "Distillery: Restart Language Server");
      await vs.runCommand("distill.check", "Distillery: Check");
      await vs.page.locator(".statusbar").getByText("No problems").waitFor();
    },
  },
];

/** In a folder that is not trusted. */
export const untrusted: readonly Scene[] = [
  {
    name: "untrusted",
    before: async (vs) => {
      await vs.openFile("mnist.distill.json");
      await vs.openRunsView();
    },
    show: async (vs) => {
      await vs.page.mouse.move(5, 5); // Over the tab, its tooltip would come up above the lens.
      await vs.pressLens("Run");
      await vs.toasts.filter({ hasText: "not trusted" }).first().waitFor();
    },
    leave: closeToasts,
  },
  {
    name: "untrusted-problems",
    show: async (vs) => {
      await vs.problems();
    },
    leave: (vs) => vs.runCommand("workbench.action.closePanel", "View: Hide Panel"),
  },
];

/** Over the first chart, between these shares of its width. */
async function drag(vs: VSCode, [from, to]: readonly [number, number]): Promise<void> {
  const box = await panel(vs).locator(".chart .u-over").first().boundingBox();
  if (box === null) throw new Error("the first chart is not drawn");
  const { mouse } = vs.page;
  await mouse.move(box.x + box.width * from, box.y + 60);
  await mouse.down();
  await mouse.move(box.x + box.width * to, box.y + 80, { steps: 5 });
  await mouse.up();
}

async function pan(vs: VSCode): Promise<void> {
  const over = panel(vs).locator(".chart .u-over").first();
  await over.hover();
  await vs.page.keyboard.down("Shift");
  await vs.page.mouse.wheel(0, 100);
  await vs.page.keyboard.up("Shift");
}

/** The folder of the newest run of an experiment. */
function newestRun(vs: VSCode, name: string): string {
  const runs = path.join(vs.folders.workspace, ".distill", "runs");
  const ids = fs.readdirSync(runs).sort();
  return path.join(runs, ids.findLast((id) => id.includes(`-${name}-`)) ?? "none");
}

const steps = (vs: VSCode) =>
  vs.statusItem(`${extensionId}.distill.progress`).filter({ hasText: "step" }).waitFor();
