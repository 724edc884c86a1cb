import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import type { ExecutorOptions } from "../program.ts";

const flat = { type: "flatten" };
const convolutional = {
  input: [16, 16, 3],
  layers: [
    { type: "conv2d", filters: 8, kernelSize: 3, padding: "same" },
    { type: "batchNormalization" },
    { type: "reLU" },
    { type: "maxPooling2d" },
    { type: "depthwiseConv2d", kernelSize: 3 },
    flat,
    { type: "dense", units: 10 },
  ],
};
const dense = (units: number) => ({ type: "dense", units, activation: "relu" });
const conv = (filters: number) => ({ type: "conv2d", filters, kernelSize: 3, activation: "relu" });
const pool = { type: "maxPooling2d" };
const digits = [28, 28, 1];
/** Nets whose sums the runtime groups by how many threads there are, each in another way. */
const groupedByThreads = {
  "columns of a product, in less than a millisecond": { input: [784], layers: [dense(64), dense(10)] },
  "columns of a product": { input: [784], layers: [dense(128), dense(2000), dense(10)] },
  "filters, by which a gradient is divided": {
    input: digits,
    layers: [conv(32), pool, conv(64), pool, flat, dense(10)],
  },
  "channels of a map, by which a gradient is summed": {
    input: digits,
    layers: [conv(2), pool, conv(4), pool, flat, dense(4000), dense(10)],
  },
};

/** Trains a small net for a few steps and prints a hash of its state. */
const script = ({ input, layers }: { input: number[]; layers: object[] }, options: ExecutorOptions) => `
  import { createHash } from "node:crypto";
  const at = (path) => import(new URL(path, ${JSON.stringify(import.meta.url)}).href);
  const { buildNet } = await at("../nets/net.ts");
  const { distillationProgram } = await at("../distill/program.ts");
  const { loadOnnxRuntime } = await at("./onnxruntime.ts");
  const student = buildNet(${JSON.stringify(layers)}, ${JSON.stringify(input)});
  const program = distillationProgram({
    student, losses: [{ type: "ce" }], optimizer: { type: "adamw", learningRate: 0.01 }, batchSizes: [32],
  });
  const executor = await loadOnnxRuntime(program, program.initialState(student.initial(1)), ${JSON.stringify({ spinning: false, ...options })});
  const x = Float32Array.from({ length: 32 * ${input.reduce((size, extent) => size * extent)} }, (_, i) => Math.sin(i * 0.7));
  const labels = Int32Array.from({ length: 32 }, (_, i) => (i * 7) % 10);
  for (let step = 0; step < 5; step++) {
    const scalars = Object.entries(program.hyperparameters(step)).map(([name, value]) => [name, Float32Array.of(value)]);
    await executor.run("train@32", { x, labels, ...Object.fromEntries(scalars) });
  }
  const hash = createHash("sha256");
  for (const [name, data] of Object.entries(await executor.read()).sort()) hash.update(name).update(data);
  console.log(hash.digest("hex"));
  await executor.dispose();`;

function hashOf(...given: Parameters<typeof script>): string {
  const hash = execFileSync(process.execPath, ["--input-type=module", "--eval", script(...given)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  assert.match(hash, /^[0-9a-f]{64}\n$/);
  return hash;
}

for (const threads of [1, 2])
  test(`two processes that train alike on ${threads} threads end with the same bits`, () => {
    assert.equal(hashOf(convolutional, { threads }), hashOf(convolutional, { threads }));
  });

for (const [grouped, net] of Object.entries(groupedByThreads))
  test(`where asked for, bits do not follow from the number of threads: ${grouped}`, () => {
    const alone = hashOf(net, { threads: 1 });
    for (const threads of [2, 4, 8])
      assert.equal(hashOf(net, { threads, sameBits: true }), alone, `${threads} threads`);
  });

test("a step that is computed in parts has the same bits on any number of threads, unasked", () => {
  const net = groupedByThreads["filters, by which a gradient is divided"];
  for (const threads of [2, 8]) assert.equal(hashOf(net, { threads }), hashOf(net, { threads: 1 }));
});

test("a net whose steps take less than a millisecond has one thread, unasked", () => {
  const [small] = Object.values(groupedByThreads) as [(typeof groupedByThreads)["columns of a product"]];
  assert.equal(hashOf(small, { threads: 4 }), hashOf(small, { threads: 1 }));
});
