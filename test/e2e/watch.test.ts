import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { number } from "../../extension/runs/wording.ts";
import { signal } from "../support/signal.ts";
import { loggedEvents } from "./eventLog.ts";
import { endless, mnistExperiment, mnistLinks, placeOf } from "./mnist.ts";
import { extensionId, packedExtension, screenshots } from "./package.ts";
import type { MarkedProcess } from "./processes.ts";
import { until } from "./until.ts";
import { VSCode } from "./vscode.ts";
import { hasStored } from "./workbenchStorage.ts";

/**
 * A person runs MNIST, watches it in the text editor and in the panel, reloads the window in the middle, stops,
 * resumes, compares with a second run and looks at a curve in a hover. On the way the language server and the
 * extension host are killed. The steps build on each other.
 */
const file = "mnist.distill.json";
const text = mnistExperiment({ temperature: 4, epochs: endless });
let vs: VSCode;

before(async () => {
  vs = await VSCode.start({ vsix: packedExtension(), files: { [file]: text }, links: mnistLinks });
});
after(async () => {
  await vs.close();
});

const shot = (name: string) => vs.screenshot(path.join(screenshots, `${name}.png`));
const panel = () => vs.webview(extensionId);
const runsFolder = () => path.join(vs.folders.workspace, ".distill", "runs");
const runFolders = () => (fs.existsSync(runsFolder()) ? fs.readdirSync(runsFolder()).sort() : []);

interface LoggedEvent {
  readonly seq: number;
  readonly type: string;
  readonly step?: number;
  readonly loss?: number;
  readonly subject?: string;
}
function events(run = runFolders().at(-1)): LoggedEvent[] {
  return run === undefined ? [] : loggedEvents(path.join(runsFolder(), run, "events.jsonl"));
}
const lastStep = () => events().findLast(({ type }) => type === "step")?.step ?? 0;

/** What stands behind the line of `losses`, as the style sheet draws it. */
const sparkline = (): Promise<string> =>
  vs.editor(file).evaluate((editor) => {
    const { getComputedStyle } = editor.ownerDocument.defaultView;
    for (const mark of editor.querySelectorAll('.view-line [class*="ced-"]')) {
      const { content } = getComputedStyle(mark, "::after");
      if (/[▁-█]/.test(content)) return content as string;
    }
    return "";
  });

/** The picture of the inline chart: its address and size. */
const inlineChart = (): Promise<{ content: string; height: string } | undefined> =>
  vs.editor(file).evaluate((editor) => {
    const { getComputedStyle } = editor.ownerDocument.defaultView;
    for (const mark of editor.querySelectorAll('.view-line [class*="ced-"]')) {
      const { content, height } = getComputedStyle(mark, "::before");
      if (content.startsWith('url("data:image/svg+xml')) return { content, height };
    }
    return undefined;
  });

/** What the panel exports is the student's curve as it was logged: each step once, in order, up to a recent one. */
async function assertWholeCurve(): Promise<void> {
  const before = lastStep();
  const csv = path.join(vs.folders.workspace, "mnist-charts.csv");
  fs.rmSync(csv, { force: true });
  await vs.saveAs(csv, () => panel().getByRole("button", { name: "CSV" }).click());
  const written = await until("the whole file", () => {
    const content = fs.readFileSync(csv, "utf8");
    return content.endsWith("\n") ? content : undefined;
  });
  const [head = [], ...rows] = written
    .trimEnd()
    .split("\n")
    .map((line) => line.split(","));
  const [step, loss] = [head.indexOf("step"), head.indexOf("loss")];
  const exported = rows
    .filter((row) => row[loss] !== "")
    .map((row) => [Number(row[step]), Number(row[loss])]);
  const logged = events()
    .filter(({ type, subject = "student" }) => type === "step" && subject === "student")
    .map((event) => [event.step, event.loss]);
  // Of 100,000 steps those that differ would fill the memory.
  const other = exported.findIndex(([at, value], i) => at !== logged[i]?.[0] || value !== logged[i]?.[1]);
  assert.deepEqual(exported[other], other < 0 ? undefined : logged[other]);
  const last = exported.at(-1)?.[0] ?? 0;
  assert.ok(last >= before, `the curve ends at step ${last}, and step ${before} was logged before`);
}

/** What the panel itself holds of the curve: the rows of its table are steps of the log with their losses, each once. */
async function assertTableAgrees(): Promise<void> {
  await panel().getByRole("tab", { name: "Table" }).click();
  const table = panel().locator(".table-view table");
  // At one moment: the table is drawn anew as events come, and the first drawing may be of what was read by then.
  const [heads = [], ...rows] = await until("a table of losses", async () => {
    const cells: string[][] = await table
      .locator("tr")
      .evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent ?? "")));
    return cells[0]?.includes("loss") ? cells : undefined;
  });
  await panel().getByRole("tab", { name: "Charts" }).click();
  const logged = new Map(
    events().flatMap(({ type, step, loss, subject = "student" }) =>
      type === "step" && subject === "student" ? [[step, loss] as const] : [],
    ),
  );
  const steps = rows.map(([step = ""]) => Number(step.replaceAll(",", "")));
  assert.ok(steps.length > 10, `${steps.length} rows`);
  assert.deepEqual(
    steps,
    [...new Set(steps)].sort((a, b) => a - b),
    "each step stands once, in order",
  );
  for (const [index, step] of steps.entries()) {
    assert.equal(
      rows[index]?.[heads.indexOf("loss")],
      number(logged.get(step) ?? Number.NaN),
      `step ${step}`,
    );
  }
}

/** The trainer's process: whatever happens to the editor, it stays the same one. */
const trainer = (): number | undefined =>
  vs.processes().find(({ command }) => command.includes("trainer.mjs"))?.pid;

/**
 * The web workbench writes what it keeps every few seconds, but only when it has nothing else to do, and nothing while it
 * unloads. So the run stands still meanwhile.
 */
async function untilStored(what: string, text: RegExp): Promise<void> {
  const pid = trainer() ?? assert.fail("no trainer");
  signal(pid, "SIGSTOP");
  try {
    await until(`${what} to be written`, () => hasStored(vs.page, text));
  } finally {
    signal(pid, "SIGCONT");
  }
}

/** The only process of its kind: one of before a reload may take a while to end. */
const only = (what: string, all: () => MarkedProcess[]): Promise<MarkedProcess> =>
  until(`a single ${what}`, () => (all().length === 1 ? all()[0] : undefined));

const readouts = (): Promise<string[]> => panel().locator(".chart .readout").allTextContents();

test("Run, from the palette", async () => {
  await vs.openFile(file);
  await until("the runs view's context", () =>
    vs.page.locator('.activitybar [aria-label^="Distillery"]').count(),
  );
  await vs.runCommand("distill.run", "Distillery: Run");
  await until("a run", () => runFolders().length === 1);
  await until("steps", () => lastStep() > 100);
  await vs.statusItem(`${extensionId}.distill.progress`).filter({ hasText: "mnist" }).waitFor();
});

test("the sparkline behind losses moves", async () => {
  const first = await until("a sparkline", sparkline);
  await until("another value", async () => (await sparkline()) !== first);
  await shot("sparklines");
});

test("the inline chart is drawn beside the text, and moves", async () => {
  await vs.runCommand("distill.toggleInlineChart", "Distillery: Toggle Inline Chart");
  const first = await until("the chart", inlineChart);
  assert.ok(Number.parseFloat(first.height) > 100, `the chart is ${first.height} high`);
  await until("another picture", async () => (await inlineChart())?.content !== first.content);
  await shot("inline-chart");
});

test("in a narrow editor the inline chart is seen whole", async () => {
  const wide = vs.page.viewportSize();
  assert.ok(wide);
  await vs.page.setViewportSize({ width: 820, height: wide.height });
  await until("the chart within the editor", () =>
    vs.editor(file).evaluate((editor) => {
      const { getComputedStyle } = editor.ownerDocument.defaultView;
      const lines = editor.querySelector(".view-lines").getBoundingClientRect();
      const seen = editor.querySelector(".editor-scrollable").getBoundingClientRect();
      for (const mark of editor.querySelectorAll('.view-line [class*="ced-"]')) {
        const { content, left, width } = getComputedStyle(mark, "::before");
        if (content.startsWith('url("data:image/svg+xml'))
          return lines.left + Number.parseFloat(left) + Number.parseFloat(width) <= seen.right;
      }
      return false;
    }),
  );
  await shot("inline-chart-narrow");
  await vs.page.setViewportSize(wide);
});

test("the panel draws the losses, and moves", async () => {
  await vs.runCommand("distill.openCharts", "Distillery: Open Charts");
  await panel().locator(".chart h3", { hasText: "Loss" }).waitFor();
  for (const title of ["kd", "ce", "Learning rate", "Gradient norm"]) {
    await panel()
      .locator(".chart h3", { hasText: new RegExp(`^${title}$`) })
      .waitFor();
  }
  const first = (await readouts())[0];
  await until("another loss", async () => (await readouts())[0] !== first);
  await panel().locator("label", { hasText: "Log" }).locator("input").check();
  await shot("panel");
});

test("reload in the middle: the run goes on, panel and curves come back whole", async () => {
  // It is the tab's state that counts here, which is text within text; the extension's own memory of it is written earlier.
  await untilStored("the panel's state", /logScale\\+":true/);
  const before = lastStep();
  await vs.reload();
  await until("the run to go on", () => lastStep() > before + 200);
  await vs.statusItem(`${extensionId}.distill.progress`).filter({ hasText: "mnist" }).waitFor();
  await panel().locator(".chart h3", { hasText: "Loss" }).waitFor();
  assert.ok(
    await panel().locator("label", { hasText: "Log" }).locator("input").isChecked(),
    "the setting came back",
  );
  await assertTableAgrees();
  await assertWholeCurve();
  const sequence = events().map(({ seq }) => seq);
  assert.deepEqual(sequence, [...sequence.keys()], "no event is missing, none is doubled");
  await shot("reloaded");
});

test("a killed language server comes back, and misses and doubles nothing", async () => {
  const training = trainer();
  const servers = () => vs.processes().filter(({ command }) => command.includes("server.mjs"));
  const killed = await only("server", servers);
  process.kill(killed.pid, "SIGKILL");
  await until("another server", () => servers().some(({ pid }) => pid !== killed.pid));
  const before = (await readouts())[0];
  await until("the curve to go on", async () => (await readouts())[0] !== before);
  await assertTableAgrees();
  await assertWholeCurve();
  assert.equal(trainer(), training);
  await shot("killed-server");
});

test("a killed extension host comes back, and so does the whole curve", async () => {
  const training = trainer();
  const smooth = panel().locator("label", { hasText: "Smoothing" }).locator("input");
  await smooth.fill("0.9");
  await untilStored("the extension's memory of it", /"smoothing":0\.9/);
  const hosts = () => vs.processes().filter(({ command }) => command.includes("--type=extensionHost"));
  const killed = await only("extension host", hosts);
  process.kill(killed.pid, "SIGKILL");
  const restart = vs.toasts.getByRole("button", { name: "Restart" }).first();
  await until("another extension host", async () => {
    // The editor asks where a host has ended several times within minutes.
    if (await restart.isVisible()) await restart.click();
    return hosts().some(({ pid }) => pid !== killed.pid);
  });
  // The page of before is still there, but nothing reaches it: another one takes its place, set as it was.
  const before = (await readouts())[0];
  await until("the curve to go on", async () => ![before, undefined, ""].includes((await readouts())[0]));
  assert.equal(await vs.page.locator(".tab", { hasText: "Distillery Charts" }).count(), 1);
  assert.equal(await smooth.inputValue(), "0.9");
  assert.ok(await panel().locator("label", { hasText: "Log" }).locator("input").isChecked());
  await vs.statusItem(`${extensionId}.distill.progress`).filter({ hasText: "mnist" }).waitFor();
  await vs.codeLens("Stop").waitFor();
  const drawn = await until("the sparkline", sparkline);
  await until("the sparkline to move", async () => (await sparkline()) !== drawn);
  await assertTableAgrees();
  await assertWholeCurve();
  const sequence = events().map(({ seq }) => seq);
  assert.deepEqual(sequence, [...sequence.keys()], "no event is missing, none is doubled");
  assert.equal(trainer(), training);
  await shot("killed-host");
});

test("stop finishes the step, writes a checkpoint and says so", async () => {
  await vs.runCommand("distill.stop", "Distillery: Stop");
  await until("the stopped event", () => events().at(-1)?.type === "stopped");
  assert.ok(events().findLast(({ type }) => type === "checkpoint")?.step === lastStep());
  await vs.statusItem(`${extensionId}.distill.progress`).waitFor({ state: "hidden" });
  await openRunsView();
  await treeRow("stopped at").waitFor();
  await shot("stopped");
});

test("resume continues from there", async () => {
  const stoppedAt = lastStep();
  await vs.runCommand("distill.resume", "Distillery: Resume");
  await until("further steps", () => lastStep() > stoppedAt);
  const resumed = events().findLast(({ type }) => type === "started");
  assert.equal(resumed?.step, stoppedAt);
  await vs.statusItem(`${extensionId}.distill.progress`).filter({ hasText: "mnist" }).waitFor();
  await vs.runCommand("distill.stop", "Distillery: Stop");
  await until("the second stop", () => events().at(-1)?.type === "stopped");
});

test("two runs are compared: what differs, and what came out", async () => {
  const other = mnistExperiment({ temperature: 2, epochs: 4 });
  fs.writeFileSync(path.join(vs.folders.workspace, file), other);
  await vs.press("Control+1"); // Beside the panel, not over it.
  await vs.openFile(file);
  await until("the new text", async () =>
    (await vs.lines(file)).some((line) => line.includes('"temperature": 2')),
  );
  await vs.runCommand("distill.run", "Distillery: Run");
  await until("a second run", () => runFolders().length === 2);
  await until("its end", () => events().at(-1)?.type === "completed");
  const toast = vs.toasts.filter({ hasText: /mnist · .* finished/ });
  await toast.waitFor();
  await shot("finished");
  await vs.runCommand("distill.compare", "Distillery: Compare Runs");
  const table = panel().locator("table.compare");
  await table.locator("th", { hasText: "losses[0].temperature" }).waitFor();
  await table.locator("th", { hasText: "test accuracy" }).waitFor();
  assert.equal(await table.locator("tbody tr").count(), 2);
  assert.ok((await toast.count()) <= 1, "it is told once; it may have gone by now");
  await shot("compare");
});

test("the hover on a loss shows its curve", async () => {
  await vs.press("Control+1");
  await vs.openFile(file);
  await vs.hover(...placeOf(text, '"kd"'), "kd");
  const picture = vs.hoverBox.locator('img[src^="data:image/svg+xml"]');
  await picture.first().waitFor();
  await shot("hover");
  await vs.press("Escape");
});

for (const { theme, bodyClass } of [
  { theme: "Default Light Modern", bodyClass: "vscode-light" },
  { theme: "Default High Contrast", bodyClass: "vscode-high-contrast" },
  { theme: "Default High Contrast Light", bodyClass: "vscode-high-contrast-light" },
  { theme: "Default Dark Modern", bodyClass: "vscode-dark" },
]) {
  test(`the panel is readable in ${theme}`, async () => {
    vs.writeWorkspaceSettings({ "workbench.colorTheme": theme });
    await panel().locator(`body.${bodyClass}`).waitFor();
    await panel().getByRole("tab", { name: "Charts" }).click();
    const contrasts = (await panel().locator("body").evaluate(contrastsScript)) as Record<string, number>;
    for (const [selector, contrast] of Object.entries(contrasts)) {
      assert.ok(contrast >= 4.5, `${selector} has a contrast of ${contrast.toFixed(1)}`);
    }
    await shot(`theme-${bodyClass}`);
  });
}

test("the extension logged no error, and asked nothing of the outside", () => {
  // While a window unloads, the channel to it closes before the server's last answers come.
  const known = /Channel has been closed|provider FAILED/;
  const errors = vs.hostErrors().filter((entry) => entry.includes(extensionId) && !known.test(entry));
  assert.deepEqual(errors, []);
  assert.deepEqual(vs.requestsOut, []);
});

/** WCAG 2's contrast of texts with the page's ground, by selector. */
const contrastsScript = `(() => {
  const luminance = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map(Number)
      .map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = luminance(getComputedStyle(document.body).backgroundColor);
  const contrast = (element) => {
    const text = luminance(getComputedStyle(element).color);
    return (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
  };
  const selectors = [".chart h3", ".chart .note", ".readout .value", ".legend .name", ".legend .when", ".tabs button", "label"];
  return Object.fromEntries(selectors.map((selector) => [selector, contrast(document.querySelector(selector))]));
})()`;

async function openRunsView(): Promise<void> {
  const view = vs.page.locator('.activitybar .action-label[aria-label^="Distillery"]');
  await view.first().click();
}
const treeRow = (words: string) =>
  vs.page.locator(".pane-body .monaco-list-row").filter({ hasText: words }).first();
