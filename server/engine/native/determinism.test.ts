import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";

/** Trains a small convolutional net for a few steps and prints a hash of its state. */
const script = (threads: number) => `
  import { createHash } from "node:crypto";
  const at = (path) => import(new URL(path, ${JSON.stringify(import.meta.url)}).href);
  const { buildNet } = await at("../nets/net.ts");
  const { distillationProgram } = await at("../distill/program.ts");
  const { loadOnnxRuntime } = await at("./onnxruntime.ts");
  const student = buildNet(
    [
      { type: "conv2d", filters: 8, kernelSize: 3, padding: "same" },
      { type: "batchNormalization" },
      { type: "reLU" },
      { type: "maxPooling2d" },
      { type: "depthwiseConv2d", kernelSize: 3 },
      { type: "flatten" },
      { type: "dense", units: 10 },
    ],
    [16, 16, 3],
  );
  const program = distillationProgram({
    student, losses: [{ type: "ce" }], optimizer: { type: "adamw", learningRate: 0.01 }, batchSizes: [64],
  });
  const executor = await loadOnnxRuntime(program, program.initialState(student.initial(1)), { threads: ${threads} });
  const x = Float32Array.from({ length: 64 * 16 * 16 * 3 }, (_, i) => Math.sin(i * 0.7));
  const labels = Int32Array.from({ length: 64 }, (_, i) => (i * 7) % 10);
  for (let step = 0; step < 5; step++) {
    const scalars = Object.entries(program.hyperparameters(step)).map(([name, value]) => [name, Float32Array.of(value)]);
    await executor.run("train@64", { x, labels, ...Object.fromEntries(scalars) });
  }
  const hash = createHash("sha256");
  for (const [name, data] of Object.entries(await executor.read()).sort()) hash.update(name).update(data);
  console.log(hash.digest("hex"));
  await executor.dispose();`;

for (const threads of [1, 2])
  test(`two processes that train alike on ${threads} threads end with the same bits`, () => {
    const run = () =>
      execFileSync(process.execPath, ["--input-type=module", "--eval", script(threads)], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
    const first = run();
    assert.match(first, /^[0-9a-f]{64}\n$/);
    assert.equal(run(), first);
  });
