import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { endless, scene } from "../run/support.ts";
import { loggedEvents } from "./eventLog.ts";
import { extensionId, packedExtension, screenshots } from "./package.ts";
import { until } from "./until.ts";
import { VSCode } from "./vscode.ts";

/** A run is stopped behind a checkpoint, its training data change, and the person goes on with them all the same. */
const file = "clusters.distill.json";
const button = "Resume with Changed Data";
let vs: VSCode;

before(async () => {
  vs = await VSCode.start({ vsix: packedExtension() });
});
after(async () => {
  await vs.close();
});

interface LoggedEvent {
  readonly type: string;
  readonly code?: string;
  readonly step?: number;
  readonly mode?: string;
  readonly subject?: string;
}
const runsFolder = () => path.join(vs.folders.workspace, ".distill", "runs");
const runFolder = () =>
  path.join(runsFolder(), fs.existsSync(runsFolder()) ? (fs.readdirSync(runsFolder())[0] ?? "") : "");
const events = () => loggedEvents<LoggedEvent>(path.join(runFolder(), "events.jsonl"));
const starts = () => events().filter(({ type, subject }) => type === "started" && subject === undefined);
const refusals = () => events().filter(({ type, code }) => type === "failed" && code === "changed-data");
const treeRow = (words: string | RegExp) =>
  vs.page.locator(".pane-body .monaco-list-row").filter({ hasText: words }).first();
const refusal = () =>
  vs.toasts.filter({ hasText: "began with other files" }).filter({ hasText: "other training data" });
const shot = (name: string) => vs.screenshot(path.join(screenshots, `${name}.png`));

/** Steps of the student in the part of the log that its newest trainer wrote. */
const stepsSince = (count: number) =>
  starts().length > count &&
  events()
    .slice(events().findLastIndex(({ type, subject }) => type === "started" && subject === undefined))
    .some(({ type, subject }) => type === "step" && subject === undefined);

let stoppedAt = 0;

test("a run is stopped behind a checkpoint, and its data change", async (context) => {
  await scene(context, { folder: vs.folders.workspace, steps: endless });
  await vs.openFile(file);
  await vs.openRunsView();
  await vs.runCommand("distill.run", "Distillery: Run");
  await until("steps", () => stepsSince(0));
  await treeRow("%").waitFor();
  await vs.runCommand("distill.stop", "Distillery: Stop");
  await treeRow("stopped at").waitFor();
  stoppedAt = events().at(-1)?.step ?? 0;
  assert.ok(stoppedAt > 0);
  const data = path.join(vs.folders.workspace, "train.csv");
  const text = fs.readFileSync(data, "utf8");
  fs.writeFileSync(
    data,
    text.replace(/[02]$/gm, (label) => String(2 - Number(label))),
  );
});

test("resumed, it is refused in words that say what differs, and closing them changes nothing", async () => {
  await vs.runCommand("distill.resume", "Distillery: Resume");
  await refusal().getByRole("button", { name: button }).waitFor();
  await refusal().filter({ hasText: "Restore the file, start again" }).waitFor();
  await shot("changed-data");
  assert.equal(await vs.page.locator(".statusbar-item", { hasText: "continues from" }).count(), 0);
  assert.equal(refusals().length, 1);
  await refusal().hover();
  await refusal().locator(".codicon-notifications-clear").click();
  await refusal().waitFor({ state: "detached" });
  await treeRow("failed").waitFor();
  assert.equal(events().at(-1)?.code, "changed-data", "nothing has gone on");
});

test("resumed again, it is refused again; the button goes on from the checkpoint, and the tree marks the run", async () => {
  await vs.runCommand("distill.resume", "Distillery: Resume");
  await refusal().getByRole("button", { name: button }).waitFor();
  assert.equal(refusals().length, 2);
  const before = starts().length;
  await refusal().getByRole("button", { name: button }).click();
  await until("steps with the other data", () => stepsSince(before));
  assert.equal(starts().at(-1)?.mode, "resume");
  assert.equal(starts().at(-1)?.step, stoppedAt);
  assert.equal(refusals().length, 2);
  await treeRow(/%.*from step [\d,]+: other training data/).waitFor();
  await shot("changed-data-resumed");
});

test("stopped and resumed once more, it goes on unasked: these are its data now", async () => {
  await vs.runCommand("distill.stop", "Distillery: Stop");
  await treeRow("stopped at").waitFor();
  const before = starts().length;
  await vs.runCommand("distill.resume", "Distillery: Resume");
  await until("steps", () => stepsSince(before));
  assert.equal(refusals().length, 2);
  await vs.runCommand("distill.stop", "Distillery: Stop");
  await treeRow("stopped at").waitFor();
});

test("the extension logged no error", () => {
  const known = /Channel has been closed|provider FAILED/;
  const errors = vs.hostErrors().filter((entry) => entry.includes(extensionId) && !known.test(entry));
  assert.deepEqual(errors, []);
});
