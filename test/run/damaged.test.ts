import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { test } from "node:test";
import { checkpointSteps } from "../../server/runs/checkpoints.ts";
import { decodeSafetensors, encodeSafetensors } from "../../server/runs/safetensors.ts";
import { fated, studentStep } from "./fate.ts";
import { adopt, dead } from "./lives.ts";
import { assertSameOutcome, outcome } from "./outcome.ts";
import { distill, eventsOf, onlyRun, scene, succeed } from "./support.ts";

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
  await succeed(["run", it.file]);
  const first = await onlyRun(it);
  const expected = await outcome(first);
  await rm(first, { recursive: true });
  const cache = join(it.folder, ".distill/cache");
  const [key = ""] = await readdir(join(cache, "teachers"));
  const said = (await readdir(cache)).filter((name) => name !== "teachers");
  await flip(join(cache, "teachers", key, "weights.safetensors"));
  for (const name of said) await flip(join(cache, name));

  const { stdout } = await succeed(["run", it.file]);
  assert.match(
    stdout,
    /^warning: .*weights\.safetensors differs from what was written: .* The teacher is trained again\. \[cache-damaged\]$/m,
  );
  const run = await onlyRun(it);
  assert.deepEqual(
    (await warningsOf(run)).map(([name]) => name),
    ["cache-damaged", ...said.map(() => "cache-damaged")],
  );
  await assertSameOutcome(run, expected);

  await rm(run, { recursive: true });
  await succeed(["run", it.file]);
  assert.deepEqual(await warningsOf(await onlyRun(it)), [], "what was made anew is whole");
});

test("a damaged checkpoint is told with the one that is gone on from; a damaged student is refused where it is read", {
  timeout: 600_000,
}, async (context) => {
  const straight = await scene(context);
  await succeed(["run", straight.file]);
  const expected = await outcome(await onlyRun(straight));
  const it = await scene(context);
  const env = fated({ signal: "SIGKILL", event: studentStep, nth: 30 });
  await succeed(["run", it.file, "--detach"], { env });
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
      /best.weights\.safetensors differs from what was written: its SHA-256 is \w{12}…, SHA256SUMS has \w{12}…\.\nRestore it from a copy/,
    );
  }
  await writeFile(best, whole);
  await succeed(["resume", run]);
  const told = (await warningsOf(run)).filter(([code]) => code === "checkpoint-damaged");
  // By the resume that was refused, and once by the one that was not.
  assert.equal(told.length, 2);
  assert.match(
    told[1]?.[1] ?? "",
    new RegExp(
      `^The checkpoint of step ${last} is damaged, so the run continues from that of step ${before}\\.`,
    ),
  );
  await assertSameOutcome(run, expected);

  const onnx = join(it.folder, "student.onnx");
  await succeed(["export", run, "--format", "onnx", "--out", onnx]);
  assert.equal(await readFile(`${onnx}.sha256`, "utf8"), `${await sha256(onnx)}  student.onnx\n`);
  const tfjs = join(it.folder, "student");
  await succeed(["export", run, "--format", "tfjs", "--out", tfjs]);
  const sums = ["model.json", "weights.bin"].map(
    async (name) => `${await sha256(join(tfjs, name))}  ${name}\n`,
  );
  assert.equal(await readFile(join(tfjs, "SHA256SUMS"), "utf8"), (await Promise.all(sums)).join(""));
});

const sha256 = async (path: string) =>
  createHash("sha256")
    .update(await readFile(path))
    .digest("hex");

test("an export that is not what was written is refused as a teacher, a start and a model to evaluate, until it is whole", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context);
  await succeed(["run", it.file]);
  const run = await onlyRun(it);
  const [onnx, tfjs] = [join(it.folder, "t.onnx"), join(it.folder, "t")];
  for (const [format, out] of [
    ["onnx", onnx],
    ["tfjs", tfjs],
  ] as const)
    await succeed(["export", run, "--format", format, "--out", out]);
  const written = JSON.parse(await readFile(it.file, "utf8"));
  const cases = [
    { damage: onnx, list: "t.onnx.sha256", teacher: { type: "onnx", path: "t.onnx" } },
    {
      damage: join(tfjs, "weights.bin"),
      list: "SHA256SUMS",
      teacher: { type: "tfjs", path: "t/model.json" },
    },
    { damage: join(tfjs, "model.json"), list: "SHA256SUMS", student: { model: "t/model.json" } },
  ];
  for (const { damage, list, ...of } of cases) {
    const file = join(it.folder, "taught.distill.json");
    const { teacher = written.teacher, student = written.student } = of as Partial<typeof written>;
    await writeFile(file, JSON.stringify({ ...written, teacher, student }));
    const model = join(it.folder, of.teacher?.path ?? of.student?.model ?? "");
    const commands = [
      ["check", file],
      ["run", file],
      ["evaluate", model, "--data", it.file],
    ];
    const whole = await readFile(damage);
    // A bit within the numbers or a text: the file can still be read.
    const bent = Buffer.from(whole);
    const at = damage.endsWith(".json")
      ? bent.indexOf("distillery")
      : damage === onnx
        ? indexOfWeights(bent)
        : 9;
    bent[at] = (bent[at] ?? 0) ^ 1;
    await writeFile(damage, bent);
    for (const command of [...commands, ...commands]) {
      const { code, stdout, stderr } = await distill(command);
      assert.notEqual(code, 0, command.join(" "));
      assert.ok(`${stdout}${stderr}`.includes(`${list} has `), `${command[0]}: ${stdout}${stderr}`);
      // As the experiment names it, or as the command line does.
      const named = command[0] === "evaluate" ? damage : ` ${relative(it.folder, damage)}: This differs`;
      assert.ok(`${stdout}${stderr}`.includes(named), `${command[0]}: ${stdout}${stderr}`);
    }
    await writeFile(damage, whole);
    for (const command of commands.filter(([name]) => name !== "run")) await succeed(command);
  }
  // A change that is meant is taken as it is.
  await writeFile(join(tfjs, "model.json"), `${await readFile(join(tfjs, "model.json"), "utf8")}\n`);
  await rm(join(tfjs, "SHA256SUMS"));
  await succeed(["evaluate", join(tfjs, "model.json"), "--data", it.file]);
});

/** Where the numbers of the last tensor of an ONNX file begin, which are kept as raw data (field 9). */
function indexOfWeights(onnx: Buffer): number {
  const text = onnx.indexOf("dense_2.kernel");
  return onnx.indexOf(0x4a, text) + 6;
}

test("answers that are not what was written are told in a comparison, and those of earlier versions are read", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, { steps: 10 });
  for (let time = 0; time < 2; time++) await succeed(["run", it.file]);
  const runs = (await readdir(it.runs)).sort().map((name) => join(it.runs, name));
  const path = join(runs[1] as string, "predictions.safetensors");
  const whole = await readFile(path);
  const compared = async () => (await distill(["compare", ...runs])).stdout;
  assert.match(await compared(), /both classify the same samples correctly, of 90 test samples/);
  await flip(path);
  for (let time = 0; time < 2; time++)
    assert.match(await compared(), /predictions\.safetensors differs from what was written: its SHA-256 is /);
  // Without the checksum, as they were once.
  const { tensors, metadata } = decodeSafetensors(whole, path);
  const { sha256, ...others } = metadata;
  assert.match(sha256 ?? "", /^[0-9a-f]{64}$/);
  await writeFile(path, encodeSafetensors(tensors, others));
  assert.match(await compared(), /both classify the same samples correctly, of 90 test samples/);
});
