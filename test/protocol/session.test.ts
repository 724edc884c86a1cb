import assert from "node:assert/strict";
import { join } from "node:path";
import process from "node:process";
import { type TestContext, test } from "node:test";
import type {
  CodeAction,
  CodeLens,
  CompletionItem,
  Hover,
  InlayHint,
  WorkspaceEdit,
} from "vscode-languageserver-protocol/node";
import { CheckExperiment, EnginesChanged, ListRuns } from "../../server/protocol.ts";
import { idxFile } from "../support/idxFile.ts";
import {
  type LanguageServer,
  startLanguageServer,
  type Transport,
  temporaryFolder,
  uriOf,
} from "../support/languageServer.ts";

const text = `{
  "data": {
    "train": { "type": "idx", "images": "images", "labels": "labels" },
    "validation": { "split": 0.1 },
    "normalize": "fit",
    "batchSize": 8
  },
  "teacher": { "type": "layers", "preset": "mlp", "hidden": [32], "train": {} },
  "student": {
    "layers": [
      { "type": "flatten" },
      { "type": "dense", "units": 9, "name": "logits" }
    ]
  },
  "losses": [{ "type": "kd", "temprature": 4 }, { "type": "ce" }]
}
`;

const files = {
  // No two of them alike: none is in two splits.
  images: idxFile(
    Array.from({ length: 20 * 4 * 4 }, (_, i) => i % 251),
    [20, 4, 4],
  ),
  labels: idxFile(
    Array.from({ length: 20 }, (_, i) => i % 10),
    [20],
  ),
};

async function session(t: TestContext, transport: Transport) {
  const folder = await temporaryFolder((clean) => t.after(clean), files);
  const server = await startLanguageServer((clean) => t.after(clean), { transport, folders: [folder] });
  const uri = uriOf(join(folder, "a.distill.json"));
  await server.open(uri, text);
  return { server, uri, folder };
}

/** The position behind the first occurrence of a stretch of the text. */
function behind(stretch: string, within = text) {
  const before = within.slice(0, within.indexOf(stretch) + stretch.length).split("\n");
  return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
}

const ask = <R>(server: LanguageServer, method: string, uri: string, params: object = {}): Promise<R> =>
  server.connection.sendRequest<R>(method, { textDocument: { uri }, ...params });

for (const transport of ["stdio", "ipc"] as const) {
  test(`over ${transport}: diagnostics, fixes, completion, hover, hints, lenses, shutdown`, async (t) => {
    const { server, uri } = await session(t, transport);
    assert.match(server.initialized.serverInfo?.version ?? "", /^protocol\/\d+$/);

    const found = await server.diagnostics(uri, 1, (all) =>
      all.some(({ code }) => code === "class-mismatch"),
    );
    assert.deepEqual(found.map(({ code }) => code).sort(), ["class-mismatch", "unknown-key"]);

    const typo = found.find(({ code }) => code === "unknown-key");
    assert.ok(typo);
    const actions = await ask<CodeAction[]>(server, "textDocument/codeAction", uri, {
      range: typo.range,
      context: { diagnostics: [typo] },
    });
    assert.equal(actions[0]?.title, 'Change to "temperature"');
    assert.deepEqual(changes(actions[0].edit, uri), [{ range: typo.range, newText: '"temperature"' }]);

    const items = await ask<CompletionItem[]>(server, "textDocument/completion", uri, {
      position: behind('"type": "ce"'),
    });
    assert.deepEqual(
      items.map(({ label }) => label),
      ["classWeights", "weight", "name"],
    );

    const hover = await ask<Hover>(server, "textDocument/hover", uri, { position: behind('"images": "im') });
    assert.match(JSON.stringify(hover.contents), /20 samples of \[4, 4, 1\], uint8/);

    const hints = await ask<InlayHint[]>(server, "textDocument/inlayHint", uri, {
      range: { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } },
    });
    // 18 of 20 samples are left for training; 16 · 9 + 9
    assert.deepEqual(
      hints.map(({ label }) => label),
      ["3 steps an epoch", "874 parameters", "→ [16]", "→ [9] · 153 parameters"],
    );

    const lenses = await ask<CodeLens[]>(server, "textDocument/codeLens", uri);
    assert.deepEqual(
      lenses.map(({ command }) => command?.title),
      ["Run", "Check", "Compare", "Train teacher"],
    );

    assert.equal(await server.shutdown(), 0);
  });
}

test("what was asked of a server that is killed is rejected", { timeout: 120_000 }, async (t) => {
  const server = await startLanguageServer((clean) => t.after(clean));
  process.kill(server.pid ?? Number.NaN, "SIGSTOP"); // So that it answers nothing before it is killed.
  const asked = server.connection.sendRequest(ListRuns, {});
  process.kill(server.pid ?? Number.NaN, "SIGKILL");
  await assert.rejects(asked, /disposed/);
});

test("diagnostics follow the text and the files", async (t) => {
  const { server, uri, folder } = await session(t, "stdio");
  await server.diagnostics(uri, 1, (all) => all.length === 2);
  await server.change(uri, 2, text.replace("temprature", "temperature").replace('"units": 9', '"units": 10'));
  assert.deepEqual(await server.diagnostics(uri, 2, (all) => all.length === 0), []);

  const { rm, writeFile } = await import("node:fs/promises");
  await rm(join(folder, "labels"));
  const missing = await server.diagnostics(uri, 2, (all) => all.length > 0);
  assert.deepEqual(
    missing.map(({ code }) => code),
    ["missing-file"],
  );
  await writeFile(join(folder, "labels"), files.labels);
  await server.diagnostics(uri, 2, (all) => all.length === 0);
  await server.shutdown();
});

test("messages and titles of fixes have quotes in the place of backticks, which an editor shows", async (t) => {
  const { server, uri } = await session(t, "stdio");
  const balanced = text
    .replace('"data": {', '"data": { "sampler": "balanced",')
    .replace('"type": "ce"', '"type": "ce", "classWeights": "balanced"');
  await server.change(uri, 2, balanced);
  const found = await server.diagnostics(uri, 2, (all) => all.some(({ code }) => code === "balanced-twice"));
  const twice = found.find(({ code }) => code === "balanced-twice");
  assert.match(String(twice?.message), /"classWeights"[^`]*$/);
  const actions = await ask<CodeAction[]>(server, "textDocument/codeAction", uri, {
    range: twice?.range,
    context: { diagnostics: found },
  });
  assert.deepEqual(
    actions.map(({ title }) => title),
    ['Remove "classWeights"', 'Remove "sampler"'],
  );
  assert.equal(actions[0]?.diagnostics?.[0]?.message, twice?.message);
  await server.shutdown();
});

test("paths are completed, folders first, only what fits", async (t) => {
  const { server, uri, folder } = await session(t, "stdio");
  const { mkdir, writeFile } = await import("node:fs/promises");
  await mkdir(join(folder, "models"));
  for (const name of ["t.onnx", "readme.md", "models/u.onnx"]) await writeFile(join(folder, name), "");
  let version = 1;
  const list = async (typed: string) => {
    const text = `{ "teacher": { "type": "onnx", "path": "${typed}" } }`;
    await server.change(uri, ++version, text);
    const items = await ask<CompletionItem[]>(server, "textDocument/completion", uri, {
      position: behind(`"path": "${typed}`, text),
    });
    return items.map(({ label }) => label);
  };
  assert.deepEqual(await list(""), ["models/", "t.onnx"]);
  assert.deepEqual(await list("models/"), ["models/u.onnx"]);
  assert.deepEqual(
    (await list("../")).filter((label) => label === `../${folder.split("/").at(-1)}/`).length,
    1,
  );
  assert.deepEqual(await list("not/there/"), []);
  await server.shutdown();
});

test("a layer is renamed with its uses, and cannot take another's name", async (t) => {
  const { server, uri } = await session(t, "stdio");
  const net = `{ "student": { "layers": [{ "type": "dense", "name": "a" }, { "type": "add", "inputs": ["a", "input"], "name": "b" }] } }`;
  await server.change(uri, 2, net);
  const position = behind('"inputs": ["a', net);
  const edit = await ask<WorkspaceEdit>(server, "textDocument/rename", uri, { position, newName: "c" });
  assert.equal(changes(edit, uri).length, 2);
  await assert.rejects(
    ask(server, "textDocument/rename", uri, { position, newName: "b" }),
    /has the name "b"/,
  );
  await server.shutdown();
});

test("an untitled document has every feature that needs no folder", async (t) => {
  const server = await startLanguageServer((clean) => t.after(clean));
  const uri = "untitled:Untitled-1";
  await server.open(uri, text);
  const found = await server.diagnostics(uri, 1);
  assert.deepEqual(
    found.map(({ code }) => code),
    ["unknown-key"],
  );
  assert.deepEqual(await ask(server, "textDocument/documentLink", uri), []);
  const refusal = async (uri: string) =>
    (
      await server.connection.sendRequest<{ problem?: { code: string; message: string } }>(
        "distill/startRun",
        { uri },
      )
    ).problem;
  const started = await refusal(uri);
  assert.deepEqual([started?.code, started?.message], ["unsaved", "The experiment has no file yet."]);
  const gone = await refusal("file:///nowhere/gone.distill.json");
  assert.match(gone?.message ?? "", /gone\.distill\.json does not exist any more\.$/);
  await server.shutdown();
});

const changes = (edit: WorkspaceEdit | undefined, uri: string) => edit?.changes?.[uri] ?? [];

test("Check looks at every run of a sweep, typing at as many as stay unnoticed", async (t) => {
  const { server, uri } = await session(t, "stdio");
  const many = JSON.stringify([...Array.from({ length: 400 }, (_, index) => index + 2), -1]);
  const swept = text
    .replace('"temprature"', '"temperature"')
    .replace('"units": 9', '"units": 10')
    .replace(/\n\}\n$/, `,\n  "sweep": { "parameters": { "losses[0].temperature": ${many} } }\n}\n`);
  const found = async (version: number) =>
    (await server.diagnostics(uri, version)).filter(({ severity }) => severity === 1).map(({ code }) => code);
  await server.change(uri, 2, swept);
  assert.deepEqual(await found(2), []);

  const { errors } = await server.connection.sendRequest(CheckExperiment, { uri });
  assert.equal(errors, 1);
  assert.deepEqual(await found(2), ["out-of-range"]);
  // Looked at again for another reason than a key, the text is still the one that was checked.
  const before = server.published.get(uri);
  await server.connection.sendNotification(EnginesChanged);
  await server.diagnostics(uri, 2, () => server.published.get(uri) !== before);
  assert.deepEqual(await found(2), ["out-of-range"]);

  await server.change(uri, 3, swept.replace(",-1]", ",-2]"));
  assert.deepEqual(await found(3), []);
  await server.shutdown();
});
