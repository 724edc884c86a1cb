import fs from "node:fs";
import path from "node:path";
import { damaged, ofNewerFormat, withoutServer } from "./damage.ts";
import type { VSCode } from "./vscode.ts";
import { choose, closeToasts, dismiss, firstPick, panel, row, type Scene } from "./walkScene.ts";

const tryItNow = (vs: VSCode) => vs.page.getByRole("button", { name: "Try It Now" }).first();
const digits = (vs: VSCode) => path.join(vs.folders.workspace, "digits");

/** In an empty folder: the first run, its report, and what is shown of runs that cannot be read and of a server that is gone. */
export const firstDay: readonly Scene[] = [
  {
    name: "welcome",
    before: async (vs) => {
      await vs.openRunsView();
      await tryItNow(vs).waitFor();
      await vs.page.mouse.move(5, 5);
    },
  },
  {
    name: "tried",
    before: async (vs) => {
      await tryItNow(vs).click();
      await row(vs, "% test").waitFor();
      await panel(vs).locator(".chart .readout .value").first().waitFor();
    },
  },
  {
    name: "report-forms",
    before: closeToasts,
    show: async (vs) => {
      await choose(vs, "% test", "Write Report");
      await firstPick(vs);
    },
    leave: dismiss,
  },
  {
    name: "report",
    before: async (vs) => {
      await choose(vs, "% test", "Write Report");
      await vs.pick("Model card");
      await vs.saveAs(path.join(digits(vs), "digits-report.md"));
      await vs.toasts.filter({ hasText: "Written" }).first().waitFor();
    },
  },
  {
    name: "newer-format",
    before: async (vs) => {
      await vs.runCommand("workbench.action.closePanel", "View: Hide Panel");
      await closeToasts(vs);
      ofNewerFormat(onlyRun(vs));
      await row(vs, "% test").waitFor({ state: "detached" });
    },
    show: (vs) => pointAt(vs, "newer version"),
    leave: (vs) => vs.page.mouse.move(5, 5),
  },
  {
    name: "unreadable",
    before: async (vs) => {
      damaged(onlyRun(vs));
      await row(vs, "damaged").waitFor();
    },
    show: (vs) => pointAt(vs, "damaged"),
    leave: (vs) => vs.page.mouse.move(5, 5),
  },
  { name: "server-gone", before: withoutServer },
];

async function pointAt(vs: VSCode, words: string): Promise<void> {
  await row(vs, words).hover();
  await vs.page.locator(".workbench-hover").first().waitFor();
}

function onlyRun(vs: VSCode): string {
  const runs = path.join(digits(vs), ".distill", "runs");
  const [id = "none"] = fs.readdirSync(runs).filter((name) => !name.startsWith("."));
  return path.join(runs, id);
}
