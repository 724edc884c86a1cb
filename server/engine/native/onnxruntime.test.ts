import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { lowerPlain } from "../graph/plain.ts";
import type { Executor, Program } from "../program.ts";
import { loadLowered, loadOnnxRuntime } from "./onnxruntime.ts";

const scalar = { shape: [], dtype: "float32" } as const;
const vector = { shape: [3], dtype: "float32" } as const;

/** A sum of what was fed, a count, and a tensor that no entry changes. */
const program: Program = {
  state: { sum: vector, count: { shape: [], dtype: "int32" }, scale: scalar },
  entries: [
    {
      name: "add",
      inputs: { x: vector, unused: scalar },
      run: ({ sum, count, scale }, { x }) => ({
        state: {
          sum: tf.add(sum as Tensor, tf.mul(x as Tensor, scale as Tensor)),
          count: tf.add(count as Tensor, tf.scalar(1, "int32")),
        },
        outputs: { norm: tf.norm(x as Tensor), large: tf.greater(x as Tensor, 1), copy: x as Tensor },
      }),
    },
    {
      name: "mean",
      inputs: {},
      run: ({ sum, count }) => ({
        state: {},
        outputs: { mean: tf.div(sum as Tensor, tf.cast(count as Tensor, "float32")) },
      }),
    },
    {
      name: "swap",
      inputs: {},
      run: ({ sum, scale }) => ({
        state: { sum: tf.mul(tf.onesLike(sum as Tensor), scale as Tensor), scale: tf.max(sum as Tensor) },
        outputs: {},
      }),
    },
  ],
};
const initial = { sum: Float32Array.of(0, 0, 0), count: Int32Array.of(0), scale: Float32Array.of(2) };
const unused = Float32Array.of(0);

async function loaded(use: (executor: Executor) => Promise<void>): Promise<void> {
  const executor = await loadOnnxRuntime(program, initial, { threads: 1, spinning: false });
  try {
    await use(executor);
  } finally {
    await executor.dispose();
  }
}

test("entries share the state, and an entry changes what it says", () =>
  loaded(async (executor) => {
    const outputs = await executor.run("add", { x: Float32Array.of(3, 0, 4), unused });
    assert.deepEqual(outputs, {
      norm: Float32Array.of(5),
      large: Uint8Array.of(1, 0, 1),
      copy: Float32Array.of(3, 0, 4),
    });
    await executor.run("add", { x: Float32Array.of(1, 1, 1), unused });
    assert.deepEqual((await executor.run("mean", {}))["mean"], Float32Array.of(4, 1, 5));
    assert.deepEqual(await executor.read(), {
      sum: Float32Array.of(8, 2, 10),
      count: Int32Array.of(2),
      scale: Float32Array.of(2),
    });
    // Both updates see the state as it was before.
    await executor.run("swap", {});
    assert.deepEqual(await executor.read(["sum", "scale"]), {
      sum: Float32Array.of(2, 2, 2),
      scale: Float32Array.of(10),
    });
  }));

test("runs that are started at once happen one after the other", () =>
  loaded(async (executor) => {
    await Promise.all([1, 2, 3, 4].map((n) => executor.run("add", { x: Float32Array.of(n, 0, 0), unused })));
    assert.deepEqual(await executor.read(["sum", "count"]), {
      sum: Float32Array.of(20, 0, 0),
      count: Int32Array.of(4),
    });
  }));

test("runs leave V8 no memory to collect, however large the state", async () => {
  const size = 100000;
  const growing: Program = {
    state: { sum: { shape: [size], dtype: "float32" } },
    entries: [
      {
        name: "double",
        inputs: {},
        run: ({ sum }) => ({
          state: { sum: tf.mul(sum as Tensor, 2) },
          outputs: { half: tf.div(sum as Tensor, 2) },
        }),
      },
    ],
  };
  const state = { sum: new Float32Array(size).fill(1) };
  const executor = await loadOnnxRuntime(growing, state, { threads: 1, spinning: false });
  try {
    await executor.run("double", {});
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 20; i++) await executor.run("double", {});
    const grown = process.memoryUsage().arrayBuffers - before;
    assert.ok(grown < 2 * 4 * size, `${grown} bytes in 20 runs`);
    assert.equal((await executor.read())["sum"]?.[size - 1], 2 ** 21);
  } finally {
    await executor.dispose();
  }
});

test("what is read and written are copies", () =>
  loaded(async (executor) => {
    const sum = Float32Array.of(1, 2, 3);
    await executor.write({ sum });
    sum[0] = 99;
    const { sum: read } = await executor.read(["sum"]);
    assert.deepEqual(read, Float32Array.of(1, 2, 3));
    (read as Float32Array)[1] = 99;
    assert.deepEqual((await executor.read(["sum"]))["sum"], Float32Array.of(1, 2, 3));
    await executor.run("add", { x: Float32Array.of(1, 1, 1), unused });
    assert.deepEqual((await executor.read(["sum"]))["sum"], Float32Array.of(3, 4, 5));
    assert.deepEqual(initial.sum, Float32Array.of(0, 0, 0));
  }));

test("a wrong feed is refused with its name and what was expected, and changes nothing", () =>
  loaded(async (executor) => {
    const x = Float32Array.of(1, 2, 3);
    await assert.rejects(
      executor.run("add", { unused }),
      /add: input x: expected float32\[3\] \(3 values\), found nothing/,
    );
    await assert.rejects(
      executor.run("add", { x: Float32Array.of(1), unused }),
      /input x: .* found a Float32Array of 1 values/,
    );
    await assert.rejects(
      executor.run("add", { x: Int32Array.of(1, 2, 3), unused }),
      /input x: expected float32.* found a Int32Array/,
    );
    await assert.rejects(executor.run("add", { x, unused, y: x }), /add has no input y/);
    await assert.rejects(executor.run("train", {}), /no entry train; there are add, mean, swap/);
    await assert.rejects(executor.write({ sum: Float32Array.of(1) }), /state sum: expected float32\[3\]/);
    await assert.rejects(executor.read(["weights"]), /no state tensor weights/);
    assert.deepEqual((await executor.read(["sum"]))["sum"], Float32Array.of(0, 0, 0));
    await executor.run("add", { x, unused });
  }));

test("initial state must be complete and of the right kind", async () => {
  await assert.rejects(
    loadOnnxRuntime(program, { sum: initial.sum, count: initial.count }),
    /initial state scale: .* found nothing/,
  );
  await assert.rejects(
    loadOnnxRuntime(program, { ...initial, count: Float32Array.of(0) }),
    /initial state count: expected int32/,
  );
});

test("a program that was disposed of refuses to run, and disposing twice is nothing", async () => {
  const executor = await loadOnnxRuntime(program, initial, { threads: 1 });
  await executor.run("mean", {});
  await executor.dispose();
  await executor.dispose();
  await assert.rejects(executor.run("mean", {}), /disposed/);
});

test("two programs live side by side", () =>
  loaded(async (first) => {
    await loaded(async (second) => {
      await first.run("add", { x: Float32Array.of(1, 0, 0), unused });
      await second.run("add", { x: Float32Array.of(0, 1, 0), unused });
      assert.deepEqual((await first.read(["sum"]))["sum"], Float32Array.of(2, 0, 0));
      assert.deepEqual((await second.read(["sum"]))["sum"], Float32Array.of(0, 2, 0));
    });
    await first.run("mean", {});
  }));

test("the runtime is not loaded until a program is, and then without telemetry", () => {
  const script = `
    const { loadOnnxRuntime } = await import(${JSON.stringify(new URL("./onnxruntime.ts", import.meta.url).href)});
    const loaded = () => process.report.getReport().sharedObjects.some((path) => path.includes("onnxruntime"));
    const before = loaded();
    const executor = await loadOnnxRuntime({ state: {}, entries: [] }, {});
    console.log(before, loaded(), process.env.ORT_DISABLE_TELEMETRY);
    await executor.dispose();`;
  const output = execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  assert.equal(output.trim(), "false true 1");
});

test("a profile that is asked for has every run, and is there once the program is disposed of", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "profile-"));
  try {
    const options = { threads: 1, spinning: false, profile: path.join(folder, "ops") };
    const executor = await loadOnnxRuntime(program, initial, options);
    for (let i = 0; i < 3; i++) await executor.run("add", { x: Float32Array.of(3, 0, 4), unused });
    await executor.dispose();
    const [file = "", ...others] = await readdir(folder);
    assert.match(file, /^ops/);
    assert.deepEqual(others, []);
    const events = JSON.parse(await readFile(path.join(folder, file), "utf8")) as { name: string }[];
    assert.equal(events.filter(({ name }) => name === "model_run").length, 3);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("memory that runs out is named with a batch size, before a run and in one", async () => {
  const batch = 2 ** 16;
  const greedy: Program = {
    state: {},
    entries: [
      {
        name: `train@${batch}`,
        inputs: { x: { shape: [batch, 1], dtype: "float32" } },
        // [2¹⁶, 2³⁰] floats are 256 TiB, more than a process can address.
        run: (_, { x }) => ({
          state: {},
          outputs: { mean: tf.mean(tf.exp(tf.tile(x as Tensor, [1, 2 ** 30]))) },
        }),
      },
    ],
  };
  const advice =
    /a training step(: 65536 samples do not fit\. Set data\.batchSize to \d+|, whatever the batch size)\.$/;
  await assert.rejects(loadOnnxRuntime(greedy, {}), { code: "out-of-memory", message: advice });
  const executor = await loadLowered(lowerPlain, greedy, {});
  await assert.rejects(executor.run(`train@${batch}`, { x: new Float32Array(batch) }), {
    code: "out-of-memory",
    message: advice,
  });
  await executor.dispose();
});
