import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { CompletionRequest } from "vscode-languageserver-protocol";
import { startLanguageServer, uriOf } from "../support/languageServer.ts";
import { fated } from "./fate.ts";
import { adopt, dead } from "./lives.ts";
import { distill, eventsOf, onlyRun, scene, succeed } from "./support.ts";

const dense = (units: number) => ({ type: "dense", units });
const member = (seed: number, more = {}) => ({
  type: "layers",
  layers: [{ ...dense(16), activation: "relu" }, dense(3)],
  train: { epochs: 4, seed },
  ...more,
});

test("an ensemble of teachers that are trained, augmented samples and one with its own preprocessing: killed, it goes on to the same bits, and says what each is worth", {
  timeout: 600_000,
}, async (context) => {
  const teacher = {
    type: "ensemble",
    teachers: [member(1), member(2, { normalize: { scale: 2 } })],
    weights: [2, 1],
  };
  const undisturbed = await scene(context, { with: { teacher } });
  const whole = await succeed(["run", undisturbed.file]);
  const it = await scene(context, { with: { teacher } });
  // Where the second teacher trains: the first is kept.
  const env = fated({ signal: "SIGKILL", event: { type: "step", subject: "teacher" }, nth: 45 });
  await succeed(["run", it.file, "--detach"], { env });
  const run = await onlyRun(it);
  await dead(adopt(run));
  await succeed(["resume", run]);
  const student = async (path: string) => readFile(join(path, "final", "weights.safetensors"));
  assert.deepEqual(await student(run), await student(await onlyRun(undisturbed)));

  const reading =
    /2 teachers, right for: layers \(1\) [\d.]+ %, layers \(2\) [\d.]+ %, together [\d.]+ % of 60 validation samples; all say the same of [\d.]+ %\./;
  assert.match(whole.stdout, reading);
  assert.match((await distill(["show", run])).stdout, reading);
  const said = (await eventsOf(run)).find((event) => event.type === "teacher");
  assert.equal(said?.members?.length, 2);
  assert.equal(said?.agreement?.[0]?.[0], 1);
  assert.equal(said?.agreement?.[0]?.[1], said?.agreement?.[1]?.[0]);
  const measured = await distill(["evaluate", it.file, "--teacher"]);
  assert.match(measured.stdout, /together [\d.]+ % of 90 test samples/);

  const server = await startLanguageServer((clean) => context.after(clean));
  const uri = uriOf(it.file);
  const text = (await readFile(it.file, "utf8")).replace('"weights": [', '"weights": [3, ');
  await writeFile(it.file, text);
  await server.open(uri, text);
  const wrong = await server.diagnostics(uri, 1, (all) => all.length > 0);
  assert.match(wrong.map(({ message }) => message).join(), /There are 3 weights, but 2 teachers/);
  const before = text.slice(0, text.indexOf('"layers"', text.indexOf('"teachers"')) + 1).split("\n");
  const position = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
  const offered = await server.connection.sendRequest(CompletionRequest.type, {
    textDocument: { uri },
    position,
  });
  const items = Array.isArray(offered) ? offered : (offered?.items ?? []);
  assert.ok(
    ["onnx", "outputs", "ensemble"].every((type) => items.some(({ label }) => label.includes(type))),
    items.map(({ label }) => label).join(),
  );
  assert.equal((await distill(["check", it.file])).code, 2);
});
