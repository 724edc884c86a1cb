import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import type { CodeAction } from "vscode-languageserver-protocol/node";
import { resolve } from "../../server/language/resolve.ts";
import {
  EnginesChanged,
  ListTrainingPlaces,
  ResumeRun,
  type RunSummary,
  RunsChanged,
  StartRun,
} from "../../server/protocol.ts";
import { openEventLog } from "../../server/runs/eventLog.ts";
import { createRun } from "../../server/runs/runDirectory.ts";
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

/** A server that looks for engines in a folder that has none yet. */
async function withoutEngines(t: TestContext) {
  const folder = await temporaryFolder((clean) => t.after(clean), files);
  const engine = join(folder, "engines", "tensorflow-cpu");
  const given = process.env["DISTILL_ENGINES"];
  process.env["DISTILL_ENGINES"] = dirname(engine);
  t.after(() => {
    if (given === undefined) delete process.env["DISTILL_ENGINES"];
    else process.env["DISTILL_ENGINES"] = given;
  });
  const server = await startLanguageServer((clean) => t.after(clean), { folders: [folder] });
  return { folder, server, engine };
}

test("an engine that is not installed: said, offered, and no run is made; taken back when it is there", async (t) => {
  const { folder, server, engine } = await withoutEngines(t);
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

test("a run whose engine is gone is not resumed in vain, and goes on with another one", async (t) => {
  const { folder, server } = await withoutEngines(t);
  const { connection } = server;
  const run = await createRun({
    runsDirectory: join(folder, ".distill", "runs"),
    experimentFile: join(folder, "a.distill.json"),
    name: "a",
    experiment: resolve(JSON.parse(text)),
  });
  const log = openEventLog(run.events);
  log.append({ type: "failed", code: "engine-missing", message: "Gone.", hint: "", step: 0 });
  log.close();
  const { path: directory } = run;

  const gone = await connection.sendRequest(ResumeRun, { directory });
  assert.equal("problem" in gone && gone.problem.code, "engine-missing");
  assert.match(("problem" in gone && gone.problem.hint) || "", /another engine/);
  const places = await connection.sendRequest(ListTrainingPlaces, { directory });
  const [now] = places;
  assert.deepEqual(now, {
    engine: "tensorflow",
    device: "cpu",
    isCurrent: true,
    obstacle: "TensorFlow is not installed.",
    installable: "cpu",
  });
  const nowhere = await connection.sendRequest(ResumeRun, { directory, device: "tpu" });
  assert.equal("problem" in nowhere && nowhere.problem.code, "wrong-change");

  const built = places.find(({ engine, device }) => engine === "onnxruntime" && device === "cpu");
  assert.equal(built?.obstacle, undefined);
  const ended = new Promise<RunSummary>((done) => {
    connection.onNotification(RunsChanged, ({ runs }) => {
      for (const changed of runs) if (changed.state === "completed") done(changed);
    });
  });
  const resumed = await connection.sendRequest(ResumeRun, {
    directory,
    engine: "onnxruntime",
    device: "cpu",
  });
  assert.ok("directory" in resumed, JSON.stringify(resumed));
  assert.equal((await ended).code, undefined);
  const kept = JSON.parse(await readFile(run.experiment, "utf8"));
  assert.deepEqual([kept.engine, kept.device], ["onnxruntime", "cpu"]);
  await server.shutdown();
});
