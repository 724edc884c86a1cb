import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogOutputChannel } from "vscode";
import { stubEditor } from "../../test/support/editorStub.ts";

const editor = stubEditor();
const { Connection } = await import("./connection.ts");

test("a server is down from when it is given up until it is restarted, and either is told", async () => {
  const connection = new Connection({ serverModule: "server.mjs", log: {} as LogOutputChannel });
  const told: (boolean | "ready")[] = [];
  connection.onStanding(() => told.push(connection.isDown));
  connection.onReady(() => told.push("ready"));
  await connection.start();
  for (let i = 0; i < 5; i++) editor.crash();
  assert.deepEqual(told, ["ready"]);
  editor.crash();
  assert.deepEqual(told, ["ready", true]);
  await connection.restart();
  assert.deepEqual(told, ["ready", true, false, "ready"]);
});
