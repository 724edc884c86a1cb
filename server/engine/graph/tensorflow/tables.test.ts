import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tensor } from "@tensorflow/tfjs-core";
import { loadEager } from "../../../../test/support/eager.ts";
import { tensorflowForTests } from "../../../../test/support/tensorflow.ts";
import { loadOnnxRuntime } from "../../native/onnxruntime.ts";
import type { LoadProgram, Program } from "../../program.ts";
import { tableShape, tableWords } from "./tables.ts";

const load = await tensorflowForTests();
const engines: Readonly<Record<string, LoadProgram>> = {
  eager: loadEager,
  ...(load && { tensorflow: load }),
};

/** A program that looks up two rows of each table; rows of bytes fill whole words in `even`, not in `odd`. */
const tables = {
  floats: { shape: [4, 3], dtype: "float32" },
  integers: { shape: [4], dtype: "int32" },
  even: { shape: [4, 2, 2], dtype: "uint8" },
  odd: { shape: [4, 1, 3], dtype: "uint8" },
} as const;
const program = (repeats: boolean): Program => ({
  state: {},
  tables,
  entries: [
    {
      name: "look",
      repeats,
      inputs: { rows: { shape: [2], dtype: "int32" } },
      run: (_, { rows }, lookUp) => ({
        state: {},
        outputs: Object.fromEntries(Object.keys(tables).map((name) => [name, lookUp(name, rows as Tensor)])),
      }),
    },
  ],
});
const data = {
  floats: Float32Array.from({ length: 12 }, (_, i) => i / 7),
  integers: Int32Array.of(-1, 2 ** 31 - 1, -(2 ** 31), 2143289345), // the last one is a NaN as a float
  even: Uint8Array.from({ length: 16 }, (_, i) => 255 - i),
  odd: Uint8Array.from({ length: 12 }, (_, i) => 10 * i),
};

for (const [name, loadProgram] of Object.entries(engines))
  for (const repeats of [false, true])
    test(`rows are looked up in tables of every type, ${repeats ? "in a loop" : "once"} (${name})`, async () => {
      const executor = await loadProgram(program(repeats), data);
      assert.deepEqual(await executor.run("look", { rows: Int32Array.of(3, 1) }), {
        floats: Float32Array.of(9 / 7, 10 / 7, 11 / 7, 3 / 7, 4 / 7, 5 / 7),
        integers: Int32Array.of(2143289345, 2 ** 31 - 1),
        even: Float32Array.of(243, 242, 241, 240, 251, 250, 249, 248),
        odd: Float32Array.of(90, 100, 110, 30, 40, 50),
      });
      assert.deepEqual(await executor.read(), {}); // no part of the state
      await executor.dispose();
    });

test("a table is a copy: the array belongs to the caller again", {
  skip: load ? false : "there is no TensorFlow engine",
}, async () => {
  const own = { ...data, floats: data.floats.slice(), even: data.even.slice() };
  const executor = await load?.(program(false), own);
  own.floats.fill(Number.NaN);
  own.even.fill(0);
  const { floats, even } = (await executor?.run("look", { rows: Int32Array.of(0, 0) })) ?? {};
  assert.deepEqual([floats?.[1], even?.[0]], [data.floats[1], 255]);
  await executor?.dispose();
});

for (const [name, loadProgram] of Object.entries({ ...engines, onnxruntime: loadOnnxRuntime })) {
  test(`a table of the wrong size, or one that is not there, is refused (${name})`, async () => {
    const unknown: Program = {
      ...program(false),
      entries: [
        {
          name: "look",
          inputs: { rows: { shape: [1], dtype: "int32" } },
          run: (_, { rows }, lookUp) => ({ state: {}, outputs: { x: lookUp("other", rows as Tensor) } }),
        },
      ],
    };
    const used = async (it: Program, initial: typeof data) => {
      const executor = await loadProgram(it, initial);
      await executor.run("look", { rows: Int32Array.of(0) }).finally(() => executor.dispose());
    };
    await assert.rejects(used(unknown, data), /there is no table other/i);
    if (name !== "onnxruntime")
      await assert.rejects(
        used(program(false), { ...data, odd: new Uint8Array(11) }),
        /table odd: expected uint8\[4, 1, 3\] \(12 values\), found a Uint8Array of 11/,
      );
  });
}

test("ONNX Runtime says that it holds no tables", async () => {
  await assert.rejects(
    async () => loadOnnxRuntime(program(false), data),
    /ONNX Runtime is fed its batches and holds no table/,
  );
});

test("rows of bytes are filled up to whole words", () => {
  assert.deepEqual(tableShape(tables.odd), [4, 1]);
  const words = tableWords(tables.odd, data.odd);
  assert.deepEqual(
    Array.from(new Uint8Array(words.buffer)),
    [0, 10, 20, 0, 30, 40, 50, 0, 60, 70, 80, 0, 90, 100, 110, 0],
  );
  assert.equal(tableWords(tables.even, data.even).buffer, data.even.buffer); // no copy where none is needed
});
