import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmod, mkdir, open, symlink } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import type { Diagnostic } from "vscode-languageserver-protocol/node";
import { applyRandomEdit, randomEdit, randomText } from "../support/edits.ts";
import { startLanguageServer, temporaryFolder, uriOf } from "../support/languageServer.ts";

/** Milliseconds. An answer takes a few; this is for what would never come to an end. */
const hang = 60_000;

test("2 000 random edits over the protocol: every request is answered", { timeout: 900_000 }, async (t) => {
  const folder = await temporaryFolder((clean) => t.after(clean));
  const server = await startLanguageServer((clean) => t.after(clean), { folders: [folder] });
  const uri = uriOf(join(folder, "a.distill.json"));
  await server.open(uri, "");
  let version = 1;
  const texts = fc.sample(fc.tuple(randomText, fc.array(randomEdit, { minLength: 50, maxLength: 50 })), {
    numRuns: 40,
    seed: 1,
  });
  const everything = { start: { line: 0, character: 0 }, end: { line: 1e6, character: 0 } };
  for (const [begin, edits] of texts) {
    let text = begin;
    for (const edit of edits) {
      text = applyRandomEdit(text, edit);
      await server.change(uri, ++version, text);
      const before = text.slice(0, Math.floor(edit.place * text.length)).split("\n");
      const position = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
      const textDocument = { uri };
      const begin = performance.now();
      await Promise.all([
        server.connection.sendRequest("textDocument/completion", { textDocument, position }),
        server.connection.sendRequest("textDocument/hover", { textDocument, position }),
        server.connection.sendRequest("textDocument/inlayHint", { textDocument, range: everything }),
        server.connection.sendRequest("textDocument/codeAction", {
          textDocument,
          range: everything,
          context: { diagnostics: [] },
        }),
        server.connection.sendRequest("textDocument/documentSymbol", { textDocument }),
      ]);
      const took = performance.now() - begin;
      assert.ok(took < hang, `${took} ms for ${JSON.stringify(text)}`);
    }
  }
  assert.equal(await server.shutdown(), 0);
});

test("whatever lies behind a path, the server answers", { timeout: 600_000 }, async (t) => {
  const folder = await temporaryFolder((clean) => t.after(clean), {
    binary: Uint8Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 256),
    text: "not a model at all\n".repeat(1000),
    empty: "",
    locked: "x",
    "half.json": '{ "modelTopology": { "model_config": ',
  });
  await mkdir(join(folder, "directory"));
  await chmod(join(folder, "locked"), 0);
  await symlink("loop", join(folder, "loop"));
  execFileSync("mkfifo", [join(folder, "pipe")]);
  const huge = await open(join(folder, "huge"), "w");
  await huge.truncate(50 * 2 ** 30); // Sparse: it takes no room on the disk.
  await huge.close();

  const server = await startLanguageServer((clean) => t.after(clean), { folders: [folder] });
  const uri = uriOf(join(folder, "a.distill.json"));
  await server.open(uri, "{}");
  const paths = [
    "binary",
    "text",
    "empty",
    "locked",
    "half.json",
    "directory",
    "loop",
    "pipe",
    "huge",
    "missing",
    "../../../../etc/passwd",
    "/dev/zero",
    "/dev/stdin",
    "/proc/kcore",
    "\\\\server\\share",
    "a\u0000b",
    "C:\\x",
    "~",
    "%s",
    "x".repeat(10_000),
    "http://example.org/x",
  ];
  const sources = [
    (path: string) => `{ "data": { "train": { "type": "idx", "images": ${path}, "labels": ${path} } } }`,
    (path: string) => `{ "data": { "train": { "type": "csv", "path": ${path}, "label": "y" } } }`,
    (path: string) => `{ "data": { "train": { "type": "npy", "features": ${path}, "labels": ${path} } } }`,
    (path: string) =>
      `{ "data": { "train": { "type": "npz", "path": ${path}, "features": "x", "labels": "y" } } }`,
    (path: string) => `{ "teacher": { "type": "onnx", "path": ${path} } }`,
    (path: string) => `{ "student": { "model": ${path} } }`,
  ];
  let version = 1;
  for (const path of paths) {
    for (const source of sources) {
      const text = source(JSON.stringify(path));
      await server.change(uri, ++version, text);
      const begin = performance.now();
      const position = { line: 0, character: text.indexOf(JSON.stringify(path)) + 1 };
      await server.connection.sendRequest("textDocument/hover", { textDocument: { uri }, position });
      await server.connection.sendRequest("textDocument/completion", { textDocument: { uri }, position });
      await server.connection.sendRequest("textDocument/documentLink", { textDocument: { uri } });
      const isOfFile = ({ range }: Diagnostic) => range.start.character === position.character - 1;
      const found = await server.diagnostics(uri, version, (all) => all.some(isOfFile));
      assert.ok(found.filter(isOfFile).every(({ message }) => String(message).length < 30_000));
      const took = performance.now() - begin;
      assert.ok(took < hang, `${took} ms for ${text.slice(0, 200)}`);
    }
  }
  assert.equal(await server.shutdown(), 0);
});

test("two folders, a folder that goes, a document that is closed: no squiggle stays", async (t) => {
  const first = await temporaryFolder((clean) => t.after(clean), { "t.csv": "a,label\n1,0\n2,1\n" });
  const second = await temporaryFolder((clean) => t.after(clean));
  const server = await startLanguageServer((clean) => t.after(clean), { folders: [first, second] });
  const text = `{ "data": { "train": { "type": "csv", "path": "t.csv", "label": "label" } } }`;
  const [here, there] = [uriOf(join(first, "a.distill.json")), uriOf(join(second, "a.distill.json"))];
  await server.open(here, text);
  await server.open(there, text);
  await server.diagnostics(there, 1, (all) => all.some(({ code }) => code === "missing-file"));
  const found = await server.diagnostics(here, 1);
  assert.ok(!found.some(({ code }) => code === "missing-file"));
  await server.connection.sendNotification("workspace/didChangeWorkspaceFolders", {
    event: { added: [], removed: [{ uri: uriOf(second), name: "second" }] },
  });
  await server.connection.sendNotification("textDocument/didClose", { textDocument: { uri: there } });
  await server.diagnostics(there, 0, (all) => all.length === 0);
  assert.equal(await server.shutdown(), 0);
});

test("a text that goes on changing never has the diagnostics of an older one", async (t) => {
  const server = await startLanguageServer((clean) => t.after(clean));
  const uri = "untitled:a";
  await server.open(uri, "{}");
  for (let version = 2; version <= 60; version++) {
    await server.change(uri, version, version % 2 ? `{ "seed": "x" }` : `{ "sed": 1 }`);
    // An answer lets the server's turns pass, so that some checks begin between the changes.
    if (version % 7 === 0)
      await server.connection.sendRequest("textDocument/foldingRange", { textDocument: { uri } });
  }
  const last = await server.diagnostics(uri, 60);
  assert.ok(last.some(({ code }) => code === "unknown-key"));
  // The answer to the last request comes behind everything that the server had still to say.
  assert.equal(await server.shutdown(), 0);
  assert.equal(server.published.get(uri)?.version, 60);
});
