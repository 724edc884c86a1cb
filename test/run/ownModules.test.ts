import assert from "node:assert/strict";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readManifest } from "../../server/runs/manifest.ts";
import { runDirectory } from "../../server/runs/runDirectory.ts";
import { fated, studentStep } from "./fate.ts";
import { adopt, dead } from "./lives.ts";
import { assertSameOutcome, outcome } from "./outcome.ts";
import { distill, eventsOf, onlyRun, scene, succeed } from "./support.ts";

/** `reverseKl`, written as a person would. */
const soft = `import { defineLoss, number } from "distillery";
import { softened } from "./parts/softened.ts";

export default defineLoss({
  description: "Reverse Kullback–Leibler divergence, once more.",
  reads: ["teacher"],
  parameters: { temperature: number("Divides both logits.", { exclusiveMinimum: 0, default: 3 }) },
  value: ({ tf, student, teacher }, { temperature: T }) => {
    const [s, t] = [tf.div(student, T), tf.div(teacher, T)];
    const difference = tf.sub(tf.logSoftmax(s), tf.logSoftmax(t));
    return tf.mul(tf.mean(tf.sum(tf.mul(softened(tf, tf.div(student, T)), difference), -1)), T * T);
  },
});
`;
const softened = "export const softened = (tf: any, logits: any): any => tf.softmax(logits);\n";

const withLoss = (type: string) => ({
  temperature: undefined,
  alpha: undefined,
  losses: [
    { type, name: "soft", temperature: 3, weight: 0.6 },
    { type: "ce", weight: 0.4 },
  ],
});

async function withModule(context: Parameters<typeof scene>[0]) {
  const it = await scene(context, { with: withLoss("./soft.ts") });
  await mkdir(join(it.folder, "parts"));
  await writeFile(join(it.folder, "soft.ts"), soft);
  await writeFile(join(it.folder, "parts", "softened.ts"), softened);
  return it;
}

test("a loss of one's own that is `reverseKl` trains to its bits; killed, changed and put back, it goes on to them", {
  timeout: 600_000,
}, async (context) => {
  const builtIn = await scene(context, { with: withLoss("reverseKl") });
  await succeed(["run", builtIn.file]);

  const it = await withModule(context);
  const env = fated({ signal: "SIGKILL", event: studentStep, nth: 20 });
  await succeed(["run", it.file, "--detach"], { env });
  const run = await onlyRun(it);
  await dead(adopt(run));
  const { modules = {} } = (await readManifest(runDirectory(run))) ?? {};
  assert.deepEqual(Object.keys(modules), ["./soft.ts"]);
  assert.equal(await readFile(join(run, "modules/1/soft.ts"), "utf8"), soft);
  assert.equal(await readFile(join(run, "modules/1/parts/softened.ts"), "utf8"), softened);

  // What a module imports is a part of it.
  const part = join(it.folder, "parts", "softened.ts");
  await writeFile(part, softened.replace("tf.softmax(logits)", "tf.sigmoid(logits)"));
  const { code, stderr } = await distill(["resume", run]);
  assert.equal(code, 1);
  assert.match(stderr, /began with other files: other module \.\/soft\.ts \(SHA-256 \w{12} → \w{12}\)\./);
  const last = (await eventsOf(run)).at(-1);
  assert.equal(last?.type === "failed" && last.code, "changed-data");
  assert.equal(await readFile(join(run, "modules/1/parts/softened.ts"), "utf8"), softened);

  await writeFile(part, softened);
  await succeed(["resume", run]);
  await assertSameOutcome(run, await outcome(await onlyRun(builtIn)));
});

test("what is wrong with a module is said by check, and a run of it does not begin", {
  timeout: 600_000,
}, async (context) => {
  const it = await withModule(context);
  await writeFile(
    join(it.folder, "soft.ts"),
    soft.replace("const [s, t]", "const noise = Math.random();\n    const [s, t]"),
  );
  for (const command of ["check", "run"]) {
    const { code, stdout, stderr } = await distill([command, it.file]);
    assert.notEqual(code, 0);
    assert.match(stdout + stderr, /: module-impure soft\.ts:9:24: `Math\.random` draws random numbers/);
  }
  await assert.rejects(onlyRun(it));

  const brightness = `import { defineAugmentation, number } from "distillery";
export default defineAugmentation({
  description: "Brightness.",
  parameters: { most: number("Farthest.", { minimum: 0, default: 0.5 }) },
  random: 1,
  apply: ({ sample }, { most }) => sample.map((value) => value + most * Math.random()),
});
`;
  await writeFile(join(it.folder, "soft.ts"), soft);
  await writeFile(join(it.folder, "bright.ts"), brightness);
  const augmented = JSON.parse(await readFile(it.file, "utf8"));
  augmented.data.augment = [{ type: "./bright.ts" }];
  await writeFile(it.file, JSON.stringify(augmented));
  for (const command of ["check", "run"]) {
    const { code, stdout, stderr } = await distill([command, it.file]);
    assert.notEqual(code, 0);
    assert.match(stdout + stderr, /: module-impure bright\.ts:6:\d+: `Math\.random` draws random numbers/);
  }
  await assert.rejects(onlyRun(it));
});

/** The scene's teacher's first layer, and its student. */
const layer = `import { defineLayer, integer } from "distillery";

export default defineLayer({
  description: "dense with relu",
  parameters: { units: integer("Units.", { minimum: 1, default: 32 }) },
  shape: (input, { units }) => ({
    output: [units],
    weights: { kernel: { shape: [input[0], units] }, bias: { shape: [units] } },
  }),
  forward: ({ tf, x, weights }) => tf.relu(tf.add(tf.matMul(x, weights.kernel), weights.bias)),
});
`;
const student = `import { defineStudent, integer } from "distillery";

export default defineStudent({
  description: "dense, dropout, dense",
  parameters: { width: integer("Units.", { minimum: 1 }) },
  weights: ({ input, outputs }, { width }) => ({
    "dense_1.kernel": { shape: [input[0], width] },
    "dense_1.bias": { shape: [width] },
    "dense_2.kernel": { shape: [width, outputs] },
    "dense_2.bias": { shape: [outputs] },
  }),
  random: (_, { width }) => ({ dropout_1: { distribution: "uniform", shape: [width] } }),
  forward: ({ tf, x, weights: w, training, random }) => {
    const hidden = tf.relu(tf.add(tf.matMul(x, w["dense_1.kernel"]), w["dense_1.bias"]));
    const kept = training
      ? tf.mul(hidden, tf.mul(tf.cast(tf.greaterEqual(random.dropout_1, 0.2), "float32"), 1 / 0.8))
      : hidden;
    return tf.add(tf.matMul(kept, w["dense_2.kernel"]), w["dense_2.bias"]);
  },
});
`;

test("a student and a teacher's layer of one's own train to the bits of those that are built in, and are used without the modules", {
  timeout: 600_000,
}, async (context) => {
  const builtIn = await scene(context);
  await succeed(["run", builtIn.file]);

  const it = await scene(context, {
    with: {
      student: { type: "./net.ts", width: 12 },
      teacher: {
        type: "layers",
        layers: [
          { type: "./linear.ts", name: "dense_1" },
          { type: "dense", units: 3, name: "dense_2" },
        ],
        train: { epochs: 3 },
      },
    },
  });
  const [net, linear] = [join(it.folder, "net.ts"), join(it.folder, "linear.ts")];
  await writeFile(linear, layer);
  await writeFile(net, student);
  const env = fated({ signal: "SIGKILL", event: studentStep, nth: 20 });
  await succeed(["run", it.file, "--detach"], { env });
  const run = await onlyRun(it);
  await dead(adopt(run));
  await writeFile(net, student.replace("tf.relu(", "tf.elu("));
  const refused = await distill(["resume", run]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /began with other files: other module \.\/net\.ts/);
  await writeFile(net, student);
  await succeed(["resume", run]);

  const { losses, evaluations, result } = await outcome(await onlyRun(builtIn));
  const own = await outcome(run);
  assert.deepEqual(own.losses, losses);
  assert.deepEqual(own.evaluations, evaluations);
  assert.deepEqual(own.result.test, result.test);
  assert.deepEqual([...own.files.keys()].slice(0, 3), [
    "best/SHA256SUMS",
    "best/model.onnx",
    "best/weights.safetensors",
  ]);

  await rm(net);
  await rm(linear);
  const evaluated = await succeed(["evaluate", run, "--json"]);
  const { metrics } = JSON.parse(evaluated.stdout) as { metrics: { accuracy: number } };
  assert.equal(metrics.accuracy, own.result.test?.["accuracy"]);
  await succeed(["export", run, "--format", "onnx", "--out", join(it.folder, "out.onnx")]);
});
