import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { signal } from "../support/signal.ts";
import { loggedEvents } from "./eventLog.ts";
import { mnistExperiment, mnistLinks, placeOf } from "./mnist.ts";
import { extensionId, packedExtension, screenshots } from "./package.ts";
import { treeRows } from "./treeRows.ts";
import { until } from "./until.ts";
import { VSCode } from "./vscode.ts";

/**
 * A person completes the method `asha`, and lets twelve runs go two at a time; stops and resumes the sweep, kills the language server and
 * the process that decides who goes on, and finds every decision made once, and the Pareto front of what it has found.
 */
const file = "search.distill.json";
const runs = 12;
/** Long enough that a busy machine finds the sweep at work when Stop is pressed. */
const whole = 16;
const text = mnistExperiment({ name: "search", temperature: 4, epochs: whole })
  .replace('"evaluateEvery": 200', '"evaluateEvery": 100')
  .replace(
    /\n\}\n$/,
    `,
  "jobs": 2,
  "sweep": {
    "parameters": {
      "student.hidden[0]": { "min": 4, "max": 64, "log": true },
      "losses[0].type": ["kd", "dkd"]
    },
    "method": "",
    "runs": ${runs},
    "eta": 2,
    "rung": ${whole / 2}
  }
}
`,
  );
let vs: VSCode;

before(async () => {
  vs = await VSCode.start({
    vsix: packedExtension(),
    files: { [file]: text },
    links: mnistLinks,
    settings: { "workbench.hover.delay": 600_000 },
  });
  await vs.openFile(file);
});
after(async () => {
  await vs.close();
});

const shot = (name: string) => vs.screenshot(path.join(screenshots, `asha-${name}.png`));
const panel = () => vs.webview(extensionId);
const runsFolder = () => path.join(vs.folders.workspace, ".distill", "runs");
const runFolders = () => (fs.existsSync(runsFolder()) ? fs.readdirSync(runsFolder()).sort() : []);
const sweepFolder = () => runFolders().find((name) => !/^\.|-\d\d$/.test(name)) ?? "none";
const treeRow = (words: string | RegExp) =>
  vs.page.locator(".pane-body .monaco-list-row").filter({ hasText: words }).first();
const ofKind = (words: string) => vs.processes().filter(({ command }) => command.includes(words));
const trainers = () => ofKind("trainer.mjs");

interface Logged {
  readonly type: string;
  readonly epochs?: number;
  readonly runs?: readonly string[];
}
const eventsOf = (name: string) => loggedEvents<Logged>(path.join(runsFolder(), name, "events.jsonl"));
/** Who has gone on from which rung, in the order of the decisions. */
const decisions = () =>
  eventsOf(sweepFolder()).flatMap(({ type, epochs, runs = [] }) =>
    type === "rung" ? runs.map((run) => `${epochs} ${run}`) : [],
  );
const { press } = treeRows(() => vs);

test("the method and a tried loss are completed and explained", async () => {
  const [line, column] = placeOf(text, '"method": ""');
  await vs.goTo(line, column + '"method": "'.length);
  await vs.accept("asha");
  await until("the method", async () => (await vs.lines(file)).join("\n").includes('"method": "asha"'));
  await vs.press("Control+S");
  await vs.page.locator(".tab.dirty").waitFor({ state: "detached" });
  await vs.hover(line, column + '"method": "a'.length, "go on");
  await shot("hover");
  await vs.press("Escape");
  const [at, from] = placeOf(text, '"dkd"');
  await vs.hover(at, from + 1, "Decoupled");
  await shot("tag-hover");
  await vs.press("Escape");
  await vs.runCommand("distill.check", "Distillery: Check");
  await vs.page.locator(".statusbar").getByText("No problems").waitFor();
});

test("two runs at a time go on as soon as they may", async () => {
  await vs.openRunsView();
  await vs.runCommand("distill.run", "Distillery: Run");
  await treeRow(`of ${runs} runs`).waitFor();
  await vs.runCommand("distill.openCharts", "Distillery: Open Charts");
  await panel().locator(".chart h3", { hasText: "Loss" }).waitFor();
  await until("the first decision", () => decisions().length > 0);
  await shot("running");
});

test("stopped and resumed, it goes on with the same decisions", async () => {
  await press(`of ${runs} runs`, "Stop");
  await treeRow(/runs · stopped/).waitFor();
  await until("its trainers to end", () => trainers().length === 0);
  const decided = decisions();
  await shot("stopped");
  await press(`of ${runs} runs`, "Resume");
  await until("its trainers", () => trainers().length > 1);
  await until("another decision", () => decisions().length > decided.length);
  assert.deepEqual(decisions().slice(0, decided.length), decided);
});

test("the language server and the process that decides are killed, and it goes on to its end", async () => {
  for (const { pid } of ofKind("server.mjs")) signal(pid, "SIGKILL");
  await until("another server", () => ofKind("server.mjs").length > 0);
  const decided = decisions();
  for (const { pid } of trainers()) signal(pid, "SIGKILL");
  await treeRow(/runs · interrupted/).waitFor();
  await shot("killed");
  await press(`of ${runs} runs`, "Resume");
  await vs.toasts.filter({ hasText: /search \(12 runs\) · .* finished/ }).waitFor({ timeout: 240_000 });
  const all = decisions();
  assert.deepEqual(all.slice(0, decided.length), decided);
  assert.equal(new Set(all).size, all.length, "nothing is decided twice");
  await shot("finished");
});

test("its runs are a table and a Pareto front", async () => {
  await vs.runCommand("distill.compare", "Distillery: Compare Runs");
  const table = panel().locator("table.compare");
  await until("its rows", async () => (await table.locator("tbody tr").count()) === runs);
  const standings = await table.locator("tbody .standing").allTextContents();
  assert.ok(standings.includes(`halved at epoch ${whole / 2}`), standings.join());
  await shot("compared");
  await panel().getByRole("tab", { name: "Runs" }).click();
  const views = panel()
    .locator("select")
    .filter({ has: vs.page.locator('option[value="scatter"]') });
  await views.selectOption("scatter");
  await until("its points", async () => (await panel().locator("svg .mark").count()) > 1);
  await shot("front");
});

test("the extension logged no error", () => {
  const known = /Channel has been closed|provider FAILED|Connection to server got closed/;
  const errors = vs.hostErrors().filter((entry) => entry.includes(extensionId) && !known.test(entry));
  assert.deepEqual(errors, []);
});
