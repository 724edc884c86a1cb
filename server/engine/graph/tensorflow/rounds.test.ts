import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { loadEager } from "../../../../test/support/eager.ts";
import { tensorflowForTests } from "../../../../test/support/tensorflow.ts";
import type { Executor, LoadProgram, NamedData, Program } from "../../program.ts";

const load = await tensorflowForTests();
const engines: Readonly<Record<string, LoadProgram>> = {
  eager: loadEager,
  ...(load && { tensorflow: load }),
};

const pair = { shape: [2], dtype: "float32" } as const;

/** Each round depends on the one before: sum ← 2 · sum + x, and `count` goes up. */
const program: Program = {
  state: { sum: pair, count: { shape: [], dtype: "int32" }, fed: pair, still: pair },
  entries: [
    {
      name: "add",
      repeats: true,
      inputs: { x: pair, scale: { shape: [], dtype: "float32" }, at: { shape: [2], dtype: "int32" } },
      run: ({ sum, count, still }, { x, scale, at }) => ({
        state: {
          sum: tf.add(tf.mul(sum as Tensor, 2), tf.mul(x as Tensor, scale as Tensor)),
          count: tf.add(count as Tensor, tf.scalar(1, "int32")),
          fed: x as Tensor,
        },
        outputs: {
          before: sum as Tensor,
          count: count as Tensor,
          large: tf.greater(x as Tensor, 2),
          at: at as Tensor,
          constant: tf.tensor1d([5, 6, 7]),
          still: still as Tensor,
        },
      }),
    },
    {
      name: "count",
      repeats: true,
      inputs: {},
      run: ({ count }) => ({ state: { count: tf.add(count as Tensor, tf.scalar(1, "int32")) }, outputs: {} }),
    },
    { name: "once", inputs: {}, run: ({ sum }) => ({ state: {}, outputs: { sum: sum as Tensor } }) },
  ],
};
const initial = {
  sum: Float32Array.of(1, 2),
  count: Int32Array.of(0),
  fed: new Float32Array(2),
  still: Float32Array.of(8, 9),
};
const feeds = (times: number): NamedData => ({
  x: Float32Array.from({ length: times * 2 }, (_, i) => i),
  scale: Float32Array.from({ length: times }, (_, i) => i + 1),
  at: Int32Array.from({ length: times * 2 }, (_, i) => 10 + i),
});

for (const [name, loadProgram] of Object.entries(engines)) {
  const loaded = async (use: (executor: Executor) => Promise<void>) => {
    const executor = await loadProgram(program, initial);
    await use(executor).finally(() => executor.dispose());
  };

  test(`an entry that is run three times in a call takes three steps (${name})`, () =>
    loaded(async (executor) => {
      assert.deepEqual(await executor.run("add", feeds(3), 3), {
        before: Float32Array.of(1, 2, 2, 5, 8, 16), // 2·1 + 0·1, 2·2 + 1·1; then 2·2 + 2·2, 2·5 + 3·2
        count: Int32Array.of(0, 1, 2),
        large: Uint8Array.of(0, 0, 0, 1, 1, 1),
        at: Int32Array.of(10, 11, 12, 13, 14, 15),
        constant: Float32Array.of(5, 6, 7, 5, 6, 7, 5, 6, 7),
        still: Float32Array.of(8, 9, 8, 9, 8, 9),
      });
      const { sum, count, fed } = await executor.read(["sum", "count", "fed"]);
      assert.deepEqual([sum, count, fed], [Float32Array.of(28, 47), Int32Array.of(3), Float32Array.of(4, 5)]);
    }));

  test(`one call of thirty times is thirty calls (${name})`, () =>
    loaded(async (executor) => {
      const all = feeds(30);
      const whole = await executor.run("add", all, 30);
      const state = await executor.read();
      await executor.write(initial);
      for (let i = 0; i < 30; i++) {
        const one = await executor.run("add", {
          x: (all["x"] as Float32Array).subarray(2 * i, 2 * i + 2),
          scale: (all["scale"] as Float32Array).subarray(i, i + 1),
          at: (all["at"] as Int32Array).subarray(2 * i, 2 * i + 2),
        });
        assert.deepEqual(one["before"], whole["before"]?.subarray(2 * i, 2 * i + 2));
      }
      assert.deepEqual(await executor.read(), state);
    }));

  test(`an entry without inputs and outputs is repeated too (${name})`, () =>
    loaded(async (executor) => {
      assert.deepEqual(await executor.run("count", {}, 100), {});
      assert.deepEqual((await executor.read(["count"]))["count"], Int32Array.of(100));
    }));

  test(`a feed that is short of a time, and an entry that does not repeat, are refused (${name})`, () =>
    loaded(async (executor) => {
      await assert.rejects(executor.run("add", feeds(2), 3), /add: input x: expected float32\[3, 2\]/);
      await assert.rejects(executor.run("once", {}, 2), /once cannot be run 2 times in a call/);
      await assert.rejects(executor.run("count", {}, 0), /count cannot be run 0 times/);
      assert.deepEqual((await executor.run("once", {}))["sum"], initial.sum);
    }));
}
