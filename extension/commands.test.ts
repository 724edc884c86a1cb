import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import type { ExtensionContext } from "vscode";
import { URI } from "vscode-uri";
import type { Problem, RunSummary } from "../server/protocol.ts";
import { stubEditor } from "../test/support/editorStub.ts";

/**
 * Presses every command twice while everything that it asks for is refused and no notification is answered: each press
 * returns, and the second sends the language server the same requests as the first.
 */
const editor = stubEditor();
const { activate } = await import("./extension.ts");

const refused: { problem: Problem } = {
  problem: { code: "wrong-file", message: "The experiment is wrong." },
};
const directoryOf = (id: string): string => `/work/.distill/runs/${id}`;
const run = (id: string, state: RunSummary["state"]): RunSummary => ({
  id,
  directory: directoryOf(id),
  experiment: "/work/a.distill.json",
  name: "a",
  state,
  startedAt: "2026-01-01T00:00:00.000Z",
  elapsedSeconds: 1,
  changes: ["seed 0 → 1"],
  step: 10,
  totalSteps: 100,
  metrics: {},
});
editor.answer = (method) => {
  if (method === "distill/listRuns") return [run("1", "running"), run("2", "stopped")];
  if (method === "distill/readAnchors") return [];
  if (method === "distill/listTrainingPlaces")
    return [
      {
        engine: "tensorflow",
        device: "cpu",
        isCurrent: false,
        obstacle: "It is missing.",
        installable: true,
      },
    ];
  if (method === "distill/listStartingPoints")
    return {
      points: [
        { label: "Own loss", description: "", text: "{}", beside: { name: "own.ts", text: "// loss" } },
      ],
      leftOut: [{ path: "empty.csv", why: "as no experiment on it passes `distill check`" }],
    };
  if (method === "distill/check") return { errors: 1, warnings: 0, summary: "1 error" };
  return refused;
};

const extensionFolder = fs.mkdtempSync(path.join(os.tmpdir(), "distill-extension-"));
fs.mkdirSync(path.join(extensionFolder, "dist"));
after(() => fs.rmSync(extensionFolder, { recursive: true }));

const memento = { get: (_: string, otherwise: unknown) => otherwise, update: async () => undefined };
activate({
  extensionUri: URI.file(extensionFolder),
  subscriptions: [],
  workspaceState: memento,
  globalState: memento,
  globalStorageUri: URI.file(path.join(extensionFolder, "storage")),
  extension: { id: "distillery.distillery" },
} as unknown as ExtensionContext);
await new Promise((resolve) => setImmediate(resolve)); // The language client starts after activation.

const manifest = JSON.parse(fs.readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const ids: string[] = manifest.contributes.commands.map(({ command }: { command: string }) => command);

for (const id of ids) {
  test(`${id} waits for no notification`, { timeout: 20_000 }, async () => {
    const press = async () => {
      const before = editor.requests.length;
      const command = editor.commands.get(id);
      assert.ok(command, `${id} is registered`);
      await command();
      return editor.requests.slice(before);
    };
    const [first, second] = [await press(), await press()];
    assert.deepEqual(second, first);
  });
}

test("what was pressed asked for something, and said that it was refused", () => {
  const requests = [
    "startRun",
    "stopRun",
    "resumeRun",
    "deleteRun",
    "check",
    "findNode",
    "listTrainingPlaces",
  ];
  for (const method of requests) assert.ok(editor.requests.includes(`distill/${method}`), method);
  assert.ok(editor.notifications.includes("The experiment is wrong."), editor.notifications.join("\n"));
});

test("the list of problems is offered where a text is underlined, and nowhere else", async () => {
  const answer = editor.answer;
  for (const [code, buttons] of [
    ["wrong-file", ["Show Problems"]],
    ["damaged", []],
  ] as const) {
    editor.answer = (method) =>
      method === "distill/startRun" ? { problem: { code, message: "It is wrong." } } : answer(method);
    await editor.commands.get("distill.run")?.(URI.file("/work/a.distill.json"));
    assert.equal(editor.notifications.at(-1), "It is wrong.");
    assert.deepEqual(editor.buttons.at(-1), buttons);
  }
  editor.answer = answer;
});

test("a run is said to continue once its trainer does, which may refuse until then", async () => {
  const answer = editor.answer;
  editor.answer = (method) =>
    method === "distill/resumeRun"
      ? { runId: "2", directory: run("2", "stopped").directory }
      : answer(method);
  const said = () => editor.statusMessages.filter((message) => /continues|beginning/.test(message));
  const tell = (...events: object[]) =>
    editor.tell("distill/runEvents", { directory: run("2", "stopped").directory, events });
  const press = () =>
    editor.commands.get("distill.resume")?.({ kind: "run", directory: run("2", "stopped").directory });
  const preflight = { type: "phase", phase: "preflight" };
  const started = { type: "started", mode: "resume", step: 671 };
  const opened = { type: "phase", phase: "teacher" };
  const refusal = { type: "failed", code: "changed-data", message: "" };

  tell(preflight, started, opened, { type: "phase", phase: "train" });
  assert.deepEqual(said(), [], "another window resumed it");
  await press();
  tell({ type: "stopped", reason: "SIGTERM" }, preflight, refusal);
  await press();
  tell(preflight, started, opened, refusal); // the teacher is another one
  assert.deepEqual(said(), []);
  await press();
  tell(preflight, started, opened, { ...started, subject: "teacher", step: 5 });
  assert.deepEqual(said(), []);
  tell({ type: "phase", phase: "cache" }, { type: "phase", phase: "train" });
  assert.deepEqual(said(), [
    "$(debug-continue) a · seed 0 → 1 continues from its last checkpoint, at step 671",
  ]);
  editor.answer = answer;
});

test("a run that fails says why and what to do about it", () => {
  const hint = "Restore the file, or start anew.";
  const failed = { ...run("1", "failed"), message: "There are other training data.", hint };
  editor.tell("distill/runsChanged", { runs: [failed], removed: [] });
  const toast = editor.notifications.find((message) => message.includes("other training data"));
  assert.equal(toast, `a · seed 0 → 1 failed: There are other training data. ${hint}`);
  editor.tell("distill/runsChanged", { runs: [run("1", "running")], removed: [] });
});

test("a run that cannot be read is not offered where it could not be used, and refused where it is meant", async () => {
  const why = "job.json is not JSON. Restore it.";
  const damaged = { ...run("4", "unreadable"), name: "torn", message: why };
  editor.tell("distill/runsChanged", { runs: [run("3", "completed"), damaged], removed: [] });
  for (const command of ["evaluate", "export", "report"]) {
    const press = editor.commands.get(`distill.${command}`);
    const before = editor.offered.length;
    await press?.();
    assert.deepEqual(editor.offered[before], ["a · seed 0 → 1", "a · seed 0 → 1"], command);
    const requests = editor.requests.length;
    await press?.({ kind: "run", directory: damaged.directory });
    assert.equal(editor.notifications.at(-1), `torn · seed 0 → 1 cannot be read. ${why}`);
    assert.equal(editor.requests.length, requests);
  }
  editor.tell("distill/runsChanged", {
    runs: [],
    removed: ["3", "4"].map((id) => run(id, "failed").directory),
  });
});

test("a damaged run that names no experiment is offered beside the runs of the active file", async () => {
  const own = run("3", "completed");
  const other = { ...run("5", "completed"), name: "other", experiment: "/work/b.distill.json" };
  const orphan = { ...run("4", "unreadable"), name: "torn", experiment: run("4", "unreadable").directory };
  editor.tell("distill/runsChanged", { runs: [own, other, orphan], removed: ["1", "2"].map(directoryOf) });
  editor.activeFile = own.experiment;
  for (const command of ["delete", "showLog", "openRunFolder"]) {
    const before = editor.offered.length;
    await editor.commands.get(`distill.${command}`)?.();
    assert.deepEqual(editor.offered[before], ["torn · seed 0 → 1", "a · seed 0 → 1"], command);
  }
  delete editor.activeFile;
  editor.tell("distill/runsChanged", {
    runs: [run("1", "running"), run("2", "stopped")],
    removed: ["3", "4", "5"].map(directoryOf),
  });
});

test("an installation that failed can be begun again before its message is closed", async () => {
  const answer = editor.answer;
  editor.answer = (method) =>
    method === "distill/findNode" ? { path: process.execPath, environment: {} } : answer(method);
  const shown = () => editor.notifications.filter((message) => message.includes("installer")).length;
  for (const press of [1, 2]) {
    await editor.commands.get("distill.installEngine")?.("cpu");
    assert.equal(shown(), press, editor.notifications.slice(-2).join("\n"));
  }
});

test("what is in no experiment is listed with the reason, its code in quotes as the list shows backticks as they are", async () => {
  editor.choose = "Own loss";
  await editor.commands.get("distill.newExperiment")?.();
  const detail = 'In no experiment, as no experiment on it passes "distill check"';
  assert.ok(editor.details.includes(detail), editor.details.join("\n"));
});

test("a file that comes with a starting point is written beside the experiment", async () => {
  editor.written.clear();
  editor.choose = "Own loss";
  await editor.commands.get("distill.newExperiment")?.();
  assert.deepEqual(Object.fromEntries(editor.written), {
    "/work/own.ts": "// loss",
    "/work/experiment.distill.json": "{}",
  });
});
