import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { checkpointSteps } from "../../server/runs/checkpoints.ts";
import { fated, studentStep } from "./fate.ts";
import { adopt, dead } from "./lives.ts";
import { assertSameOutcome, outcome } from "./outcome.ts";
import { distill, eventsOf, onlyRun, scene } from "./support.ts";

const flip = async (path: string) => {
  const bytes = await readFile(path);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 0x40;
  await writeFile(path, bytes);
};

/** Of files that are not what was written; what is said of teachers is another matter. */
const warningsOf = async (run: string) =>
  (await eventsOf(run)).flatMap((event) =>
    event.type === "warning" && event.code.endsWith("-damaged") ? [[event.code, event.message]] : [],
  );

test("a bit of a kept teacher, and of what it said: both are made anew and told, and the run comes out the same", {
  timeout: 600_000,
}, async (context) => {
  // Without augmentation what the teacher says of the training samples is kept, too.
  const { data } = JSON.parse(await readFile((await scene(context)).file, "utf8"));
  const it = await scene(context, { with: { data: { ...data, augment: [] } } });
  assert.equal((await distill(["run", it.file])).code, 0);
  const first = await onlyRun(it);
  const expected = await outcome(first);
  await rm(first, { recursive: true });
  const cache = join(it.folder, ".distill/cache");
  const [key = ""] = await readdir(join(cache, "teachers"));
  const said = (await readdir(cache)).filter((name) => name !== "teachers");
  await flip(join(cache, "teachers", key, "weights.safetensors"));
  for (const name of said) await flip(join(cache, name));

  const { code, stdout } = await distill(["run", it.file]);
  assert.equal(code, 0);
  assert.match(
    stdout,
    /^warning: .*weights\.safetensors is not what was written: .* The teacher is trained anew\. \[cache-damaged\]$/m,
  );
  const run = await onlyRun(it);
  assert.deepEqual(
    (await warningsOf(run)).map(([name]) => name),
    ["cache-damaged", ...said.map(() => "cache-damaged")],
  );
  await assertSameOutcome(run, expected);

  await rm(run, { recursive: true });
  assert.equal((await distill(["run", it.file])).code, 0);
  assert.deepEqual(await warningsOf(await onlyRun(it)), [], "what was made anew is whole");
});

test("a damaged checkpoint is told with the one that is gone on from; a damaged student is refused where it is read", {
  timeout: 600_000,
}, async (context) => {
  const straight = await scene(context);
  assert.equal((await distill(["run", straight.file])).code, 0);
  const expected = await outcome(await onlyRun(straight));
  const it = await scene(context);
  const env = fated({ signal: "SIGKILL", event: studentStep, nth: 30 });
  assert.equal((await distill(["run", it.file, "--detach"], { env })).code, 0);
  const run = await onlyRun(it);
  await dead(adopt(run));
  const [last, before] = await checkpointSteps(run);
  await flip(join(run, `checkpoints/${last}/state.safetensors`));

  const best = join(run, "best/weights.safetensors");
  const whole = await readFile(best);
  await flip(best);
  for (const words of [
    ["resume", run],
    ["evaluate", run],
    ["export", run, "--format", "onnx", "--out", join(it.folder, "student.onnx")],
  ]) {
    const { code, stderr } = await distill(words);
    assert.equal(code, 1, words[0]);
    assert.match(
      stderr,
      /best.weights\.safetensors is not what was written: its SHA-256 is \w{12}…, SHA256SUMS has \w{12}…\.\nRestore it from a copy/,
    );
  }
  await writeFile(best, whole);
  assert.equal((await distill(["resume", run])).code, 0);
  const told = (await warningsOf(run)).filter(([code]) => code === "checkpoint-damaged");
  // By the resume that was refused, and once by the one that was not.
  assert.equal(told.length, 2);
  assert.match(
    told[1]?.[1] ?? "",
    new RegExp(
      `^The checkpoint of step ${last} is damaged, so the run goes on from that of step ${before}\\.`,
    ),
  );
  await assertSameOutcome(run, expected);

  const onnx = join(it.folder, "student.onnx");
  assert.equal((await distill(["export", run, "--format", "onnx", "--out", onnx])).code, 0);
  assert.equal(await readFile(`${onnx}.sha256`, "utf8"), `${await sha256(onnx)}  student.onnx\n`);
  const tfjs = join(it.folder, "student");
  assert.equal((await distill(["export", run, "--format", "tfjs", "--out", tfjs])).code, 0);
  const sums = ["model.json", "weights.bin"].map(
    async (name) => `${await sha256(join(tfjs, name))}  ${name}\n`,
  );
  assert.equal(await readFile(join(tfjs, "SHA256SUMS"), "utf8"), (await Promise.all(sums)).join(""));
});

const sha256 = async (path: string) =>
  createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
