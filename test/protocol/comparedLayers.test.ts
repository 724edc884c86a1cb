import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { CompletionItem, Hover, Location, WorkspaceEdit } from "vscode-languageserver-protocol/node";
import { applied } from "../support/cursor.ts";
import { modelJson } from "../support/dataFiles.ts";
import { startLanguageServer, temporaryFolder, uriOf } from "../support/languageServer.ts";
import { fixture } from "../support/onnxModel.ts";

const text = `{
  "teacher": { "type": "onnx", "path": "teacher.onnx" },
  "student": { "layers": [{ "type": "flatten" }, { "type": "dense", "units": 8, "name": "hidden" }, { "type": "dense", "units": 4 }] },
  "losses": [{ "type": "ce" }, { "type": "sp", "student": "hidden", "teacher": "flatt" }]
}
`;

test("layers that a loss compares: told from those in the teacher's file, completed, found and renamed", async (t) => {
  const files = { "teacher.onnx": fixture({ shape: ["batch", 2, 3, 3] }) };
  const folder = await temporaryFolder((clean) => t.after(clean), files);
  const server = await startLanguageServer((clean) => t.after(clean), { folders: [folder] });
  const uri = uriOf(join(folder, "a.distill.json"));
  await server.open(uri, text);
  const at = (stretch: string) => {
    const before = text.slice(0, text.indexOf(stretch) + stretch.length).split("\n");
    const position = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
    return { textDocument: { uri }, position };
  };

  const found = await server.diagnostics(uri, 1, (all) => all.some(({ code }) => code === "loss-layer"));
  const [wrong] = found.filter(({ code }) => code === "loss-layer");
  assert.match(String(wrong?.message), /teacher has no layer "flatt"\. Did you mean "flat"/);

  const ask = <R>(method: string, params: object) => server.connection.sendRequest<R>(method, params);
  const items = await ask<CompletionItem[]>("textDocument/completion", at('"teacher": "flat'));
  assert.deepEqual(
    items.map(({ label }) => label),
    ["output", "flat", "floats"],
  );
  const definition = await ask<Location>("textDocument/definition", at('"student": "hid'));
  assert.deepEqual(definition.range.start, { line: 2, character: text.split("\n")[2]?.indexOf('"hidden"') });
  const hover = await ask<Hover>("textDocument/hover", at('"teacher": "flat'));
  assert.match(JSON.stringify(hover.contents), /the teacher runs in every step/);
  const edit = await ask<WorkspaceEdit>("textDocument/rename", { ...at('"student": "hid'), newName: "wide" });
  assert.equal(applied(text, edit.changes?.[uri] ?? []), text.replaceAll('"hidden"', '"wide"'));
  assert.equal(await server.shutdown(), 0);
});

test("the layers of an exported model are offered with their shapes, and those that the export has added are not", async (t) => {
  const { modelTopology, ...model } = modelJson;
  const { config } = modelTopology;
  const softmax = { class_name: "Softmax", config: { name: "probabilities", axis: -1 } };
  const exported = {
    ...model,
    modelTopology: { ...modelTopology, config: { ...config, layers: [...config.layers, softmax] } },
    userDefinedMetadata: { output: "probabilities", added: ["probabilities"] },
  };
  const bytes = 4 * (4 * 8 + 8 + 8 * 3 + 3);
  const files = { "model.json": JSON.stringify(exported), "weights.bin": new Uint8Array(bytes) };
  const folder = await temporaryFolder((clean) => t.after(clean), files);
  const server = await startLanguageServer((clean) => t.after(clean), { folders: [folder] });
  const uri = uriOf(join(folder, "a.distill.json"));
  const line =
    '{ "teacher": { "type": "tfjs", "path": "model.json" }, "losses": [{ "type": "sp", "teacher": "hiden" }] }';
  await server.open(uri, line);
  await server.diagnostics(uri, 1, (all) => all.some(({ code }) => code === "loss-layer"));
  const items = await server.connection.sendRequest<CompletionItem[]>("textDocument/completion", {
    textDocument: { uri },
    position: { line: 0, character: line.indexOf("hiden") },
  });
  assert.deepEqual(
    items.map(({ label, labelDetails }) => `${label}: ${labelDetails?.description}`),
    ["logits: Dense → [3]", "drop: Dropout → [8]", "hidden: Dense → [8]"],
  );
});
