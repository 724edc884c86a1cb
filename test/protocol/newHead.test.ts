import assert from "node:assert/strict";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { CodeAction, Diagnostic } from "vscode-languageserver-protocol/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { languageId } from "../../server/protocol.ts";
import { encodeNpy } from "../support/dataFiles.ts";
import { startLanguageServer, temporaryFolder, uriOf } from "../support/languageServer.ts";

/** A student of 3 classes, and data of 5. */
const student = fileURLToPath(new URL("../fixtures/students/resnet.onnx", import.meta.url));
const [count, classes] = [20, 5] as const;
const experiment = (head: string) => `{
  "data": { "train": { "type": "npy", "features": "x.npy", "labels": "y.npy" }, "batchSize": 20 },
  "student": { "model": "student.onnx"${head} },
  "losses": [{ "type": "ce" }]
}`;
const isMismatch = ({ code }: Diagnostic) => code === "class-mismatch";

test("a student of other classes gets a new head by a quick fix", async (t) => {
  const after = (clean: () => void) => t.after(clean);
  const folder = await temporaryFolder(after, {
    "x.npy": encodeNpy(
      "<f4",
      [count, 8, 8, 3],
      Array.from({ length: count * 192 }, (_, i) => Math.sin(i)),
    ),
    "y.npy": encodeNpy(
      "|u1",
      [count],
      Array.from({ length: count }, (_, i) => i % classes),
    ),
  });
  await copyFile(student, join(folder, "student.onnx"));
  const server = await startLanguageServer(after, { folders: [folder] });
  for (const head of ["", ', "head": "keep"']) {
    const uri = uriOf(join(folder, `${head.length}.distill.json`));
    const fixesOf = async (diagnostic: Diagnostic) => {
      const actions = await server.connection.sendRequest<CodeAction[]>("textDocument/codeAction", {
        textDocument: { uri },
        range: diagnostic.range,
        context: { diagnostics: [diagnostic] },
      });
      return actions.filter(({ title }) => title === "Replace its last dense layer");
    };
    const text = experiment(head);
    await server.open(uri, text);
    const found = await server.diagnostics(uri, 1, (all) => all.some(isMismatch));
    const mismatch = found.find(isMismatch) ?? assert.fail();
    const edits = (await fixesOf(mismatch))[0]?.edit?.changes?.[uri] ?? assert.fail(JSON.stringify(found));
    const fixed = TextDocument.applyEdits(TextDocument.create(uri, languageId, 1, text), edits);
    assert.deepEqual(JSON.parse(fixed).student, { model: "student.onnx", head: "replace" });
    await server.change(uri, 2, fixed);
    const left = await server.diagnostics(uri, 2, (all) => !all.some(isMismatch));
    assert.deepEqual(
      left.filter(({ severity }) => severity === 1),
      [],
    );
    assert.deepEqual(await fixesOf(mismatch), [], "it was taken");
  }
  await server.shutdown();
});
