import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Ajv } from "ajv";
import type { RunEvent } from "../../schemas/run-event.gen.ts";
import { decodeSafetensors } from "../../server/runs/safetensors.ts";
import { distill, eventsOf, onlyRun, scene, succeed } from "./support.ts";

test("a run from file to student: events by their schema, files, a summary that can be read", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, { with: { baselines: { studentAlone: true } } });
  const inside = { cwd: it.folder };
  const { code, stdout, stderr } = await distill(["run", it.file], inside);
  assert.deepEqual([code, stderr.replace(/^.* warning: .*\n/gm, "")], [0, ""]);
  for (const said of [
    /training the teacher/,
    /validation: accuracy/,
    /\n {2}teacher +\d/,
    /\n {2}student +\d/,
    /\n {2}student alone +\d/,
    /\n {2}student − alone: /,
    /gap recovered on (test|validation)/,
    /best\/weights\.safetensors/,
  ])
    assert.match(stdout, said);
  assert.ok(!stdout.includes("\u001b"), "no escape codes where there is no terminal");

  const run = await onlyRun(it);
  const events = await eventsOf(run);
  const schema = JSON.parse(
    await readFile(new URL("../../schemas/run-event.schema.json", import.meta.url), "utf8"),
  );
  const ajv = new Ajv({ strict: false }).addSchema(schema, "event");
  for (const event of events) {
    // By its own definition: the error of a `oneOf` of ten says nothing.
    const valid = ajv.getSchema(`event#/definitions/${capital(event.type)}Event`) ?? assert.fail(event.type);
    assert.ok(valid(event), `${JSON.stringify(event)}: ${ajv.errorsText(valid.errors)}`);
  }
  assert.deepEqual(
    events.map(({ seq }) => seq),
    events.map((_, index) => index),
  );
  const steps = events.flatMap((event) =>
    event.type === "step" && event.subject === undefined ? [event.step] : [],
  );
  assert.deepEqual(
    steps,
    Array.from({ length: 60 }, (_, index) => index + 1),
  );

  const { tensors } = decodeSafetensors(await readFile(join(run, "best/weights.safetensors")), "best");
  const parameters = Object.values(tensors).reduce((sum, { data }) => sum + data.length, 0);
  const last = events.at(-1) as RunEvent & { type: "completed" };
  assert.equal(last.summary.parameters, parameters);
  const manifest = JSON.parse(await readFile(join(run, "manifest.json"), "utf8"));
  for (const key of ["versions", "engine", "device", "seed", "machine", "data"])
    assert.ok(key in manifest, `${key} in the manifest`);

  const [listed] = JSON.parse((await distill(["list", "--json"], inside)).stdout);
  assert.deepEqual(
    [listed.state, listed.step, listed.metrics["test.gapRecovered"]],
    ["completed", 60, last.summary.gapRecovered ?? undefined],
  );
  assert.match((await distill(["list"], inside)).stdout, /completed +60\/60/);
  const shown = (await distill(["show", "latest"], inside)).stdout;
  assert.match(shown, /state +completed/);
  assert.match(shown, /^engine +onnxruntime on the CPU/m);
  assert.ok(shown.includes(manifest.layout) && manifest.layout.length > 10, shown);
  assert.equal((await distill(["resume", "latest"], inside)).code, 1);

  await distill(["run", it.file, "--set", 'losses=[{"type":"ce"}]', "--set", "training.steps=5"], inside);
  const ids = JSON.parse((await distill(["list", "--json"], inside)).stdout).map(
    ({ id }: { id: string }) => id,
  );
  assert.equal(ids.length, 1, "both forms of losses are an error, so there is no second run");
  const quiet = await succeed(["run", it.file, "--set", "training.steps=5", "--json"], inside);
  const lines = quiet.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as RunEvent);
  assert.equal(lines.at(-1)?.type, "completed");
  const compared = await distill(["compare", ids[0], "latest"], inside);
  assert.match(compared.stdout, /training\.steps +60 +5/);
  // Both students answered the same samples.
  const ofBoth = /^\S+ − \S+: .*(McNemar p|both classify).* (test|validation) samples/m;
  assert.match(compared.stdout, ofBoth);
  const [, second] = JSON.parse((await distill(["compare", ids[0], "latest", "--json"], inside)).stdout);
  assert.equal(second.against.run, ids[0]);
  assert.equal(second.against.interval.length, 2);
});

test("check: place, code and message of what is wrong; exit 2; nothing is created", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, { with: { batchSise: 1 } });
  const wrong = await distill(["check", it.file], { cwd: it.folder });
  assert.equal(wrong.code, 2);
  assert.match(wrong.stdout, /^clusters\.distill\.json:\d+:\d+: unknown-key .*batchSise/m);
  assert.equal(existsSync(join(it.folder, ".distill")), false);
  await succeed(["check", (await scene(context)).file]);
});

test("help fits a terminal of 80 columns", async () => {
  for (const command of [[], ["run"], ["engine"]]) {
    const { stdout } = await distill([...command, "--help"]);
    assert.deepEqual(
      stdout.split("\n").filter((line) => line.length > 80),
      [],
    );
  }
});

test("an unknown command, a missing argument and an unknown run are said on stderr", {
  timeout: 600_000,
}, async (context) => {
  const { folder } = await scene(context);
  for (const [words, said] of [
    [["chekc"], /unknown command 'chekc'[\s\S]*check/],
    [["run"], /^error: missing required argument 'file'\nIts arguments and options: distill run --help\n$/],
    [
      ["export", "latest", "--format", "onnx"],
      /option '--out <path>' not specified\nIts arguments and options: distill export --help\n$/,
    ],
    [["engine", "install"], /\nIts arguments and options: distill engine install --help\n$/],
    [["show", "latest"], /There are no runs here/],
    [["show", "2020"], /No run here has an id that begins with 2020/],
    [["stop", "./nowhere"], /is not a run/],
  ] as const) {
    const { code, stdout, stderr } = await distill(words, { cwd: folder });
    assert.deepEqual([code, stdout], [1, ""], words.join(" "));
    assert.match(stderr, said);
  }
  assert.match(
    (await distill(["--help"])).stdout,
    /check[\s\S]*run[\s\S]*resume[\s\S]*stop[\s\S]*list[\s\S]*show/,
  );
});

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
