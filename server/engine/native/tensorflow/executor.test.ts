import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { targetForTests, tensorflowForTests, testThreads } from "../../../../test/support/tensorflow.ts";
import type { Executor, Program } from "../../program.ts";
import { OutOfMemory } from "../outOfMemory.ts";
import { defaultThreads, loadBinding } from "./binding.ts";
import { tensorflowOn } from "./executor.ts";

const load = await tensorflowForTests();
const skip = load ? false : "there is no TensorFlow engine";

const scalar = { shape: [], dtype: "float32" } as const;
const vector = { shape: [3], dtype: "float32" } as const;
const large = { shape: [4096], dtype: "float32" } as const;

const program: Program = {
  state: {
    sum: vector,
    count: { shape: [], dtype: "int32" },
    seen: { shape: [3], dtype: "bool" },
    kept: large,
  },
  entries: [
    {
      name: "add@3",
      inputs: { x: vector, unused: scalar },
      run: ({ sum, count, seen }, { x }) => ({
        state: {
          sum: tf.add(sum as Tensor, x as Tensor),
          count: tf.add(count as Tensor, tf.scalar(1, "int32")),
          seen: tf.logicalOr(seen as Tensor, tf.greater(x as Tensor, 0)),
        },
        outputs: { before: sum as Tensor, large: tf.greater(x as Tensor, 1), copy: x as Tensor },
      }),
    },
    // Assigns what it was fed, as it is.
    {
      name: "keep",
      inputs: { x: large },
      run: (_, { x }) => ({ state: { kept: x as Tensor }, outputs: {} }),
    },
    {
      name: "keep a part",
      inputs: { x: { shape: [2, 4096], dtype: "float32" } },
      run: (_, { x }) => ({
        state: { kept: tf.reshape(tf.slice(x as Tensor, [1, 0], [1, 4096]), [4096]) },
        outputs: {},
      }),
    },
    {
      name: "use",
      inputs: {},
      run: ({ kept }) => ({
        state: { kept: tf.add(kept as Tensor, 1) },
        outputs: { total: tf.sum(kept as Tensor) },
      }),
    },
    {
      name: "pick",
      inputs: { at: { shape: [1], dtype: "int32" } },
      run: ({ sum }, { at }) => ({ state: {}, outputs: { picked: tf.gather(sum as Tensor, at as Tensor) } }),
    },
  ],
};
const initial = {
  sum: Float32Array.of(1, 2, 3),
  count: Int32Array.of(7),
  seen: Uint8Array.of(0, 1, 0),
  kept: new Float32Array(4096),
};
const unused = Float32Array.of(0);

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
    assert.deepEqual(first, {
      before: Float32Array.of(1, 2, 3),
      large: Uint8Array.of(1, 0, 0),
      copy: Float32Array.of(2, 0, -1),
    });
    await executor.run("add@3", { x: Float32Array.of(0, 0, 5), unused });
    const { sum, count, seen } = await executor.read(["sum", "count", "seen"]);
    assert.deepEqual(
      [sum, count, seen],
      [Float32Array.of(3, 2, 7), Int32Array.of(9), Uint8Array.of(1, 1, 1)],
    );
    assert.deepEqual((await executor.run("use", {}))["total"], Float32Array.of(0));
  }),
);

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
    assert.deepEqual(Object.keys(await executor.read()), ["sum", "count", "seen", "kept"]);
  }),
);

// TensorFlow keeps an aligned array in place of a copy. Both ways of assigning one are tried many times, with the
// collector at work, since a variable that keeps it dies only when the next step frees it on another thread.
test("a fed array belongs to the caller again when the call returns", { skip }, () =>
  loaded(async (executor) => {
    for (let round = 0; round < 200; round++) {
      const x = new Float32Array(4096 + (round % 16)).subarray(round % 16);
      x.fill(round);
      if (round % 2) await executor.run("keep", { x });
      else await executor.write({ kept: x });
      x.fill(-1e9);
      assert.deepEqual((await executor.run("use", {}))["total"], Float32Array.of(4096 * round));
      const { kept } = await executor.read(["kept"]);
      assert.equal(kept?.[4095], round + 1);
    }
    const both = Float32Array.from({ length: 8192 }, (_, i) => (i < 4096 ? -1 : 2));
    await executor.run("keep a part", { x: both });
    both.fill(-1e9);
    assert.deepEqual((await executor.run("use", {}))["total"], Float32Array.of(8192));
  }),
);

test("feeds are checked, because TensorFlow takes any shape", { skip }, () =>
  loaded(async (executor) => {
    await assert.rejects(executor.run("add@3", { x: new Float32Array(4), unused }), /add@3: input x.*\[3\]/s);
    await assert.rejects(executor.run("add@3", { x: new Int32Array(3) as never, unused }), /Int32Array/);
    await assert.rejects(executor.run("add@3", { unused }), /found nothing/);
    await assert.rejects(executor.run("add", {}), /no entry add; there are add@3/);
    await assert.rejects(executor.write({ sum: new Float32Array(2) }), /state sum/);
    await assert.rejects(executor.write({ other: new Float32Array(2) }), /no state tensor other/);
    await assert.rejects(executor.read(["other"]), /no state tensor other/);
    assert.deepEqual((await executor.read(["sum"]))["sum"], Float32Array.of(1, 2, 3));
  }),
);

test("a failing run ends the program: nobody knows what it has updated", { skip }, () =>
  loaded(async (executor) => {
    await assert.rejects(executor.run("pick", { at: Int32Array.of(3) }), {
      code: "engine-failed",
      message: /^TensorFlow failed at pick: .*indices\[0\] = 3/s,
      hint: /"onnxruntime"/,
    });
    await assert.rejects(
      executor.run("pick", { at: Int32Array.of(1) }),
      /TensorFlow failed before: TensorFlow failed at pick:/,
    );
    await assert.rejects(executor.read(), /TensorFlow failed before/);
  }),
);

test("two programs have states of their own, and a program that is gone says so", { skip }, async () => {
  assert.ok(load);
  const [one, other] = [await load(program, initial), await load(program, initial)];
  await one.run("add@3", { x: Float32Array.of(1, 1, 1), unused });
  assert.deepEqual((await other.read(["sum"]))["sum"], Float32Array.of(1, 2, 3));
  await one.dispose();
  await one.dispose();
  await assert.rejects(one.run("use", {}), /has been disposed of/);
  assert.deepEqual((await other.run("use", {}))["total"], Float32Array.of(0));
  await other.dispose();
});

test("initial state is checked as feeds are", { skip }, async () => {
  await assert.rejects(async () => load?.(program, { ...initial, sum: new Float32Array(4) }), /state sum/);
});

test("no tensor is left behind", { skip }, async () => {
  const { engine, device } = (await targetForTests()) ?? assert.fail();
  const binding = loadBinding(engine.addon, { threads: testThreads, device });
  const before = binding.getNumOfTensors();
  await loaded(async (executor) => {
    for (let i = 0; i < 10; i++) await executor.run("add@3", { x: Float32Array.of(1, 1, 1), unused });
    await executor.read();
    await executor.run("pick", { at: Int32Array.of(9) }).catch(() => {});
  });
  assert.equal(binding.getNumOfTensors(), before);
});

test("one process has one number of threads", { skip }, async () => {
  const { engine, device } = (await targetForTests()) ?? assert.fail();
  const other = tensorflowOn({ addon: engine.addon, device });
  await assert.rejects(other(program, initial, { threads: 1 }), {
    code: "already-loaded",
    message: /with 2 threads on .*; it cannot change to .* with 1 thread on/,
  });
  assert.ok(defaultThreads() >= 1);
});

test("memory that runs out is named with a batch size that fits", { skip }, async () => {
  const { engine, device } = (await targetForTests()) ?? assert.fail();
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
  const on = (memory: number) =>
    tensorflowOn({ addon: engine.addon, device, memory })(greedy, {}, { threads: testThreads });
  // One sample takes two tensors of 4 GiB, and a runtime may take twice as much: a TiB holds something less than 64.
  await assert.rejects(on(2 ** 40), { code: "out-of-memory", batchSize: 32 });
  const executor = await on(2 ** 50);
  assert.match(executor.memory ?? "", /^A training step of 65536 samples takes about 5\d+\.\d GB/);
  await assert.rejects(executor.run(`train@${batch}`, { x: new Float32Array(batch) }), (error) => {
    assert.ok(error instanceof OutOfMemory, String(error));
    assert.match(error.message, /65536 samples do not fit\. Set data\.batchSize to 32768\.$/);
    assert.match(String((error.cause as Error).message), /OOM when allocating/);
    return true;
  });
  await executor.dispose();
});
