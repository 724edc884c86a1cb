import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { CodeLensRefreshRequest, CodeLensRequest } from "vscode-languageserver-protocol/node";
import { RunsChanged } from "../../server/protocol.ts";
import { until } from "../e2e/until.ts";
import { endless, onlyRun, scene, succeed } from "../run/support.ts";
import { startLanguageServer, uriOf } from "../support/languageServer.ts";

test("lenses are refreshed when they say something else, and not by every change of a run that has ended", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, { steps: endless });
  await succeed(["run", it.file, "--detach"]);
  const run = await onlyRun(it);
  await succeed(["stop", run]);
  const server = await startLanguageServer((clean) => context.after(clean), {
    folders: [it.folder],
    capabilities: { workspace: { codeLens: { refreshSupport: true } } },
  });
  let refreshes = 0;
  let changes = 0;
  let lastAt = 0;
  server.connection.onRequest(CodeLensRefreshRequest.type, () => {
    refreshes++;
    lastAt = performance.now();
  });
  server.connection.onNotification(RunsChanged, () => {
    changes++;
    lastAt = performance.now();
  });
  const uri = uriOf(it.file);
  await server.open(uri, await readFile(it.file, "utf8"));
  const lenses = async () => {
    const found = await server.connection.sendRequest(CodeLensRequest.type, { textDocument: { uri } });
    return found?.map(({ command }) => command?.title).join() ?? "";
  };
  await until("the lenses of a run", async () => /Resume/.test(await lenses()));
  await until("the refresh after the opening, which is sent twice", () => refreshes >= 2);
  const noted = async (words: string) => {
    const before = changes;
    await succeed(["note", run, words]);
    await until("the note", () => changes > before);
    // What the server sends at once after a change has come before so many answers.
    for (let i = 0; i < 50; i++) await lenses();
  };
  await noted("one"); // The first change also tells of what was opened.
  // A refresh is sent again 1.5 s later, which may be in the midst of what follows. Whatever is due then comes before two answers.
  await until("the last refresh of what was opened", async () => {
    const isDue = performance.now() - lastAt > 2_000;
    for (let i = 0; i < 2; i++) await lenses();
    return isDue && performance.now() - lastAt > 2_000;
  });
  const before = refreshes;
  await noted("two");
  assert.equal(refreshes, before, "a note stands in no lens");
  await succeed(["delete", run, "--yes"]);
  await until("a refresh without the run", () => refreshes > before);
  assert.doesNotMatch(await lenses(), /Resume/);
  assert.equal(await server.shutdown(), 0);
});
