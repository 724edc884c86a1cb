import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { InferenceSession as RuntimeSession, Tensor as RuntimeTensor } from "onnxruntime-node";
import { webgpuForTests } from "../../../../test/support/webgpu.ts";
import { OnnxGraph } from "../../graph/onnx/onnxGraph.ts";
import type { Executor, Program } from "../../program.ts";
import { onnxruntime } from "../ort.ts";

const load = await webgpuForTests();
const skip = load ? false : "there is no WebGPU device";

const vector = { shape: [3], dtype: "float32" } as const;
const scalar = { shape: [], dtype: "float32" } as const;
const square = { shape: [64, 64], dtype: "float32" } as const;

const program: Program = {
  state: {
    sum: vector,
    count: { shape: [], dtype: "int32" },
    seen: { shape: [3], dtype: "bool" },
    weights: square,
  },
  entries: [
    {
      name: "add@3",
      inputs: { x: vector, unused: scalar },
      repeats: true,
      run: ({ sum, count, seen }, { x }) => ({
        state: {
          sum: tf.add(sum as Tensor, x as Tensor),
          count: tf.add(count as Tensor, tf.scalar(1, "int32")),
          seen: tf.logicalOr(seen as Tensor, tf.greater(x as Tensor, 0)),
        },
        outputs: { before: sum as Tensor, large: tf.greater(x as Tensor, 1), copy: x as Tensor },
      }),
    },
    {
      name: "step",
      inputs: { rate: scalar },
      run: ({ weights }, { rate }) => {
        const next = tf.tanh(tf.matMul(weights as Tensor2D, tf.mul(weights as Tensor2D, rate as Tensor)));
        return { state: { weights: next }, outputs: { loss: tf.mean(next) } };
      },
    },
  ],
};
const initial = {
  sum: Float32Array.of(1, 2, 3),
  count: Int32Array.of(7),
  seen: Uint8Array.of(0, 1, 0),
  weights: Float32Array.from({ length: 64 * 64 }, (_, i) => Math.sin(i)),
};
const unused = Float32Array.of(0);

function copyOf(): Uint8Array {
  const graph = new OnnxGraph();
  graph.output("y", graph.input("x", "float32", [1]), "float32", [1]);
  return graph.encode({ name: "copy" });
}

async function loaded(use: (executor: Executor) => Promise<void>): Promise<void> {
  assert.ok(load);
  const executor = await load(program, initial);
  try {
    await use(executor);
  } finally {
    await executor.dispose();
  }
}

test("entries share the state, and an output has what was there before an update", { skip }, () =>
  loaded(async (executor) => {
    const first = await executor.run("add@3", { x: Float32Array.of(2, 0, -1), unused });
    assert.deepEqual(
      { ...first },
      {
        before: Float32Array.of(1, 2, 3),
        large: Uint8Array.of(1, 0, 0),
        copy: Float32Array.of(2, 0, -1),
      },
    );
    await executor.run("add@3", { x: Float32Array.of(0, 0, 5), unused });
    const { sum, count, seen } = await executor.read(["sum", "count", "seen"]);
    assert.deepEqual(
      [sum, count, seen],
      [Float32Array.of(3, 2, 7), Int32Array.of(9), Uint8Array.of(1, 1, 1)],
    );
  }),
);

test("an entry that is run several times in a call is as if it were called as often", { skip }, () =>
  loaded(async (executor) => {
    const x = Float32Array.of(2, 0, -1, 0, 0, 5);
    const { before } = await executor.run("add@3", { x, unused: new Float32Array(2) }, 2);
    assert.deepEqual(before, Float32Array.of(1, 2, 3, 3, 2, 2));
    assert.deepEqual((await executor.read(["sum"]))["sum"], Float32Array.of(3, 2, 7));
  }),
);

test("a program that asks for bfloat16 is refused", { skip }, async () => {
  assert.ok(load);
  const entries = program.entries.map((entry) => ({ ...entry, precision: "bfloat16" as const }));
  await assert.rejects(load({ ...program, entries }, initial), /WebGPU does not multiply in bfloat16/);
});

test("state is read as copies and written by name", { skip }, () =>
  loaded(async (executor) => {
    const before = await executor.read(["sum"]);
    (before["sum"] as Float32Array)[0] = 99;
    await executor.write({ sum: Float32Array.of(4, 5, 6), seen: Uint8Array.of(1, 0, 1) });
    assert.deepEqual(await executor.read(["seen", "sum", "count"]), {
      seen: Uint8Array.of(1, 0, 1),
      sum: Float32Array.of(4, 5, 6),
      count: Int32Array.of(7),
    });
    assert.deepEqual(Object.keys(await executor.read()), ["sum", "count", "seen", "weights"]);
    assert.deepEqual((await executor.read())["weights"], initial.weights);
  }),
);

test("feeds, state and names are checked", { skip }, () =>
  loaded(async (executor) => {
    await assert.rejects(executor.run("add@3", { x: new Float32Array(4), unused }), /add@3: input x.*\[3\]/s);
    await assert.rejects(executor.run("add@3", { x: new Int32Array(3) as never, unused }), /Int32Array/);
    await assert.rejects(executor.run("add", {}), /no entry add; there are add@3/);
    await assert.rejects(executor.write({ sum: new Float32Array(2) }), /state sum/);
    await assert.rejects(executor.write({ other: new Float32Array(2) }), /no state tensor other/);
    await assert.rejects(executor.read(["other"]), /no state tensor other/);
    assert.deepEqual((await executor.read(["sum"]))["sum"], Float32Array.of(1, 2, 3));
    await assert.rejects(
      async () => load?.(program, { ...initial, sum: new Float32Array(4) }),
      /initial state sum/,
    );
  }),
);

test("calls that overlap run one after the other", { skip }, () =>
  loaded(async (executor) => {
    const x = Float32Array.of(1, 1, 1);
    const [, , , state] = await Promise.all([
      executor.run("add@3", { x, unused }),
      executor.run("add@3", { x, unused }),
      executor.run("add@3", { x, unused }),
      executor.read(["sum", "count"]),
    ]);
    assert.deepEqual(state, { sum: Float32Array.of(4, 5, 6), count: Int32Array.of(10) });
  }),
);

test("two programs have states of their own, and a program that is gone says so", { skip }, async () => {
  assert.ok(load);
  const [one, other] = [await load(program, initial), await load(program, initial)];
  const last = one.run("add@3", { x: Float32Array.of(1, 1, 1), unused });
  await Promise.all([one.dispose(), one.dispose()]);
  assert.deepEqual((await last)["before"], Float32Array.of(1, 2, 3));
  await assert.rejects(one.run("step", { rate: unused }), /has been disposed of/);
  await assert.rejects(one.read(), /has been disposed of/);
  await assert.rejects(one.write({}), /has been disposed of/);
  assert.deepEqual((await other.read(["sum"]))["sum"], Float32Array.of(1, 2, 3));
  await other.dispose();
});

// The runtime does not say when it is late: some orders end the process, others only now and then.
test("buffers are freed before the session that made them is released", { skip }, async (context) => {
  assert.ok(load);
  const { InferenceSession, Tensor: DeviceTensor } = await onnxruntime();
  const executor = await load(program, initial);
  await executor.run("add@3", { x: Float32Array.of(1, 1, 1), unused });
  await executor.run("step", { rate: Float32Array.of(0.1) });
  const calls: string[] = [];
  const { dispose } = DeviceTensor.prototype;
  context.mock.method(DeviceTensor.prototype, "dispose", function (this: RuntimeTensor) {
    calls.push(`free a ${this.location}`);
    dispose.call(this);
  });
  // A session is of a class that the module does not give; what it gives has `create` alone.
  const session = Object.getPrototypeOf(await InferenceSession.create(copyOf(), {})) as RuntimeSession;
  const { release } = session;
  context.mock.method(session, "release", function (this: RuntimeSession) {
    calls.push("release");
    return release.call(this);
  });
  await executor.dispose();
  // Four state tensors; two sessions that copy state and one for each entry.
  assert.deepEqual(calls, [...Array(4).fill("free a gpu-buffer"), ...Array(4).fill("release")]);
});

test("a device that fails says so, and what had been loaded is left as it is", { skip }, async (context) => {
  assert.ok(load);
  const { InferenceSession } = await onnxruntime();
  const executor = await load(program, initial);
  const session = Object.getPrototypeOf(await InferenceSession.create(copyOf(), {})) as RuntimeSession;
  const lost =
    "/src/webgpu/buffer_manager.cc:601 virtual void Download(WGPUBuffer) status == Success was false. Failed to download data from buffer: Device is lost\n";
  const large =
    "/src/webgpu/shader_helper.cc:306 Too many storage buffers in shader. Current: 19, Max is 16\n";
  const fail = (message: string) =>
    context.mock.method(session, "run", () => Promise.reject(new Error(message)), { times: 1 });
  fail(large);
  await assert.rejects(executor.run("step", { rate: unused }), {
    code: "out-of-memory",
    message: /^The WebGPU device's memory is too small for a training step/,
  });
  fail(lost);
  await assert.rejects(executor.run("step", { rate: unused }), {
    code: "device-failed",
    message: /^The WebGPU device failed in step: virtual void .*Device is lost$/,
    hint: /^Resume the run/,
    detail: lost,
  });
  fail(lost);
  await assert.rejects(executor.read(["sum"]), { code: "device-failed", message: /failed in reading state/ });
  await executor.dispose();
});

test("memory stays as it is, step after step", { skip }, () =>
  loaded(async (executor) => {
    const rate = Float32Array.of(0.1);
    const steps = async (count: number) => {
      for (let i = 0; i < count; i++) await executor.run("step", { rate });
      global.gc?.();
      return process.memoryUsage().rss;
    };
    await steps(100); // Caches of buffers fill.
    const before = await steps(50);
    const after = await steps(300);
    // State is 16 KiB: one that is kept at each step would be 4.7 MiB.
    const grown = (after - before) / 2 ** 20;
    assert.ok(grown < 3, `300 steps took ${grown.toFixed(1)} MiB`);
  }),
);

test("a process may end in the middle of a program", { skip }, () => {
  const script = `
    const { loadWebgpu } = await import(${JSON.stringify(new URL("./executor.ts", import.meta.url).href)});
    const scalar = { shape: [2], dtype: "float32" };
    const program = { state: { kept: scalar }, entries: [
      { name: "keep", inputs: { x: scalar }, run: (_, { x }) => ({ state: { kept: x }, outputs: { x } }) },
    ] };
    const load = () => loadWebgpu(program, { kept: Float32Array.of(1, 2) });
    const [left, gone] = [await load(), await load()];
    for (const executor of [left, gone]) await executor.run("keep", { x: Float32Array.of(3, 4) });
    await gone.dispose();
    const { kept } = await left.read();
    console.log(kept.join());
  `;
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    ["--input-type=module", "--eval", script],
    { encoding: "utf8", cwd: fileURLToPath(new URL(".", import.meta.url)) },
  );
  assert.deepEqual({ status, signal, kept: stdout.trim() }, { status: 0, signal: null, kept: "3,4" }, stderr);
});
