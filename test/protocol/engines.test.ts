import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import type { CodeAction } from "vscode-languageserver-protocol/node";
import { EnginesChanged, StartRun } from "../../server/protocol.ts";
import { idxFile } from "../support/idxFile.ts";
import { startLanguageServer, temporaryFolder, uriOf } from "../support/languageServer.ts";

const text = `{
  "engine": "tensorflow",
  "device": "cpu",
  "data": { "train": { "type": "idx", "images": "images", "labels": "labels" }, "batchSize": 8 },
  "student": { "preset": "mlp", "hidden": [4] },
  "losses": [{ "type": "ce" }],
  "training": { "steps": 2 }
}
`;
const files = {
  images: idxFile(new Array<number>(20 * 4 * 4).fill(7), [20, 4, 4]),
  labels: idxFile(
    Array.from({ length: 20 }, (_, i) => i % 10),
    [20],
  ),
  "a.distill.json": text,
};

test("an engine that is not installed: said, offered, and no run is made; taken back when it is there", async (t) => {
  const folder = await temporaryFolder((clean) => t.after(clean), files);
  const engine = join(folder, "engines", "tensorflow-cpu");
  const given = process.env["DISTILL_ENGINES"];
  process.env["DISTILL_ENGINES"] = dirname(engine);
  t.after(() => {
    if (given === undefined) delete process.env["DISTILL_ENGINES"];
    else process.env["DISTILL_ENGINES"] = given;
  });
  const server = await startLanguageServer((clean) => t.after(clean), { folders: [folder] });
  const uri = uriOf(join(folder, "a.distill.json"));
  await server.open(uri, text);

  const isMissing = ({ code }: { code?: unknown }) => code === "engine-missing";
  const found = (await server.diagnostics(uri, 1, (all) => all.some(isMissing))).find(isMissing);
  assert.ok(found);
  assert.deepEqual(found.range, { start: { line: 1, character: 12 }, end: { line: 1, character: 24 } });
  const [action] = await server.connection.sendRequest<CodeAction[]>("textDocument/codeAction", {
    textDocument: { uri },
    range: found.range,
    context: { diagnostics: [found] },
  });
  const title = "Install the TensorFlow engine";
  assert.equal(action?.title, title);
  assert.deepEqual(action?.command, { title, command: "distill.installEngine", arguments: ["cpu"] });
  assert.equal(action?.edit, undefined);

  const refused = await server.connection.sendRequest(StartRun, { uri });
  assert.equal("problem" in refused && refused.problem.code, "engine-missing");
  assert.equal(existsSync(join(folder, ".distill")), false);

  await mkdir(engine, { recursive: true });
  await writeFile(join(engine, "engine.json"), JSON.stringify({ schema: 1, kind: "cpu", files: {} }));
  await server.connection.sendNotification(EnginesChanged);
  await server.diagnostics(uri, 1, (all) => !all.some(isMissing));
  await server.shutdown();
});
