import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readManifest } from "../../server/runs/manifest.ts";
import { runDirectory } from "../../server/runs/runDirectory.ts";
import { fated, studentStep } from "./fate.ts";
import { adopt, dead } from "./lives.ts";
import { assertSameOutcome, outcome } from "./outcome.ts";
import { distill, eventsOf, onlyRun, scene } from "./support.ts";

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
  assert.equal((await distill(["run", builtIn.file])).code, 0);

  const it = await withModule(context);
  const env = fated({ signal: "SIGKILL", event: studentStep, nth: 20 });
  assert.equal((await distill(["run", it.file, "--detach"], { env })).code, 0);
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
  assert.equal((await distill(["resume", run])).code, 0);
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
});
