import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { lockHolder } from "../../server/runs/lock.ts";
import { loopingModel } from "../support/loopingModel.ts";
import { distill, eventsOf, onlyRun, scene, start, succeed, until } from "./support.ts";

/** The process that tries the model is given longer than any test takes. */
const env = { DISTILL_TEACHER_SECONDS: "100000" };

async function loopingScene(context: TestContext, above?: number) {
  const source = (path: string) => ({ type: "csv", path, label: "label", features: ["x0", "x1", "x2"] });
  const it = await scene(context, {
    with: {
      data: { train: source("train.csv"), test: source("test.csv"), batchSize: 32 },
      teacher: { type: "onnx", path: "endless.onnx" },
    },
  });
  const model = join(it.folder, "endless.onnx");
  await writeFile(model, loopingModel(2n ** 62n, { columns: 3, ...(above === undefined ? {} : { above }) }));
  return { ...it, model };
}

/** Processes that try this model. */
const trials = (model: string): string[] =>
  execFileSync("ps", ["-eo", "pid,args"], { encoding: "utf8", maxBuffer: 1 << 26 })
    .split("\n")
    .filter((line) => line.includes(model) && line.includes(" -e "));

const tried = (model: string) => until(() => (trials(model).length > 0 ? true : undefined));
const gone = (model: string) => until(() => (trials(model).length === 0 ? true : undefined));

test("Ctrl-C ends a run whose teacher's loop does not end, and leaves no process", {
  timeout: 600_000,
}, async (context) => {
  const it = await loopingScene(context);
  const command = start(["run", it.file], { env });
  await tried(it.model);
  command.signal("SIGINT");
  const { code, stderr } = await command.finished;
  assert.equal(code, 130);
  assert.match(stderr, /Stopped at step 0\. To resume: distill resume/);
  await gone(it.model);
  assert.equal((await eventsOf(await onlyRun(it))).at(-1)?.type, "stopped");
});

test("distill stop ends it, by asking and at once, and the process that tries the teacher goes too", {
  timeout: 600_000,
}, async (context) => {
  const it = await loopingScene(context);
  await succeed(["run", it.file, "--detach"], { env });
  await tried(it.model);
  const run = await onlyRun(it);
  const asked = await distill(["stop", run]);
  assert.deepEqual([asked.code, /is stopped at step 0/.test(asked.stdout)], [0, true], asked.stdout);
  await gone(it.model);

  await succeed(["resume", run, "--detach"], { env });
  await tried(it.model);
  const forced = await distill(["stop", run, "--force"]);
  assert.deepEqual([forced.code, /is interrupted at step 0/.test(forced.stdout)], [0, true], forced.stdout);
  assert.equal(lockHolder(run), undefined);
  await gone(it.model);
});

test("a loop that does not end for one sample only: a stop says what is silent, and --force kills it", {
  timeout: 600_000,
}, async (context) => {
  const it = await loopingScene(context, 100);
  await appendFile(join(it.folder, "train.csv"), "1000,0,0,0,0,0,1\n");
  await succeed(["run", it.file, "--detach"]);
  const run = await onlyRun(it);
  // The trial, whose samples are others, has come to an end.
  await until(async () => (await eventsOf(run)).some(({ type }) => type === "teacher") || undefined);
  const asked = start(["stop", run]);
  await until(
    () => /reported nothing for \d+ s; it is preparing the teacher\.$/m.test(asked.complaints()) || undefined,
  );
  assert.match(asked.complaints(), /To kill it, back to its last checkpoint: distill stop .* --force/);
  const forced = await distill(["stop", run, "--force"]);
  for (const { code, stdout } of [forced, await asked.finished])
    assert.deepEqual([code, /is interrupted at step 0/.test(stdout)], [0, true], stdout);
});

test("Ctrl-C ends the evaluation of such a model, as a file and as a teacher, and says so", {
  timeout: 600_000,
}, async (context) => {
  const it = await loopingScene(context);
  for (const words of [
    ["evaluate", it.model, "--data", it.file],
    ["evaluate", it.file, "--teacher"],
  ])
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      const command = start(words, { env });
      await tried(it.model);
      command.signal(signal);
      const { code, stderr } = await command.finished;
      assert.equal(code, 130);
      assert.match(stderr, /endless\.onnx: the trial of the model was stopped\./);
      await gone(it.model);
    }
});

test("an evaluation that is killed leaves no process behind", { timeout: 600_000 }, async (context) => {
  const it = await loopingScene(context);
  const command = start(["evaluate", it.model, "--data", it.file], { env });
  await tried(it.model);
  command.signal("SIGKILL");
  await command.finished;
  await gone(it.model);
});
