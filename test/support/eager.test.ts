import assert from "node:assert/strict";
import { test } from "node:test";
import { add, cast, engine, mul, type Tensor, tensor1d } from "@tensorflow/tfjs-core";
import type { Entry, Program } from "../../server/engine/program.ts";
import { loadEager } from "./eager.ts";

const count = (run?: Entry["run"]): Program => ({
  state: { total: { shape: [2], dtype: "float32" } },
  entries: [
    {
      name: "add",
      inputs: { x: { shape: [2], dtype: "float32" } },
      run:
        run ??
        ((state, { x }) => {
          const total = add(state["total"] as Tensor, x as Tensor);
          return { state: { total }, outputs: { twice: mul(total, 2), x: x as Tensor } };
        }),
    },
  ],
});
const zeros = { total: new Float32Array(2) };

test("runs, remembers, and is read and written", async () => {
  const executor = await loadEager(count(), zeros);
  await executor.run("add", { x: Float32Array.of(1, 2) });
  const { twice } = await executor.run("add", { x: Float32Array.of(1, 2) });
  assert.deepEqual(twice, Float32Array.of(4, 8));
  assert.deepEqual(await executor.read(), { total: Float32Array.of(2, 4) });
  await executor.write({ total: Float32Array.of(0, 1) });
  assert.deepEqual(await executor.read(["total"]), { total: Float32Array.of(0, 1) });
  assert.deepEqual(zeros.total, new Float32Array(2));
});

test("what it gives is not the caller's array", async () => {
  const executor = await loadEager(count(), zeros);
  const x = Float32Array.of(1, 2);
  const outputs = await executor.run("add", { x });
  x.fill(7);
  assert.deepEqual(outputs["x"], Float32Array.of(1, 2));
});

test("outputs and state have the arrays of their types after a cast, which the backend makes without one", async () => {
  const program: Program = {
    state: { total: { shape: [2], dtype: "float32" } },
    entries: [
      {
        name: "cast",
        inputs: { labels: { shape: [2], dtype: "int32" }, mask: { shape: [2], dtype: "bool" } },
        run: (_, { labels, mask }) => ({
          state: { total: cast(labels as Tensor, "float32") },
          outputs: {
            number: cast(labels as Tensor, "float32"),
            weight: cast(mask as Tensor, "float32"),
            count: cast(mask as Tensor, "int32"),
          },
        }),
      },
    ],
  };
  const executor = await loadEager(program, zeros);
  const outputs = await executor.run("cast", { labels: Int32Array.of(3, 4), mask: Uint8Array.of(0, 1) });
  assert.deepEqual(outputs, {
    number: Float32Array.of(3, 4),
    weight: Float32Array.of(0, 1),
    count: Int32Array.of(0, 1),
  });
  assert.deepEqual(await executor.read(), { total: Float32Array.of(3, 4) });
});

test("a wrong feed is named, with what was expected and found", async () => {
  const executor = await loadEager(count(), zeros);
  await assert.rejects(
    executor.run("add", {}),
    /add: input x: expected float32\[2\] \(2 values\), found nothing/,
  );
  await assert.rejects(executor.run("add", { x: new Float32Array(3) }), /found a Float32Array of 3 values/);
  await assert.rejects(executor.run("add", { x: new Int32Array(2) }), /found a Int32Array of 2 values/);
  await assert.rejects(executor.run("add", { x: new Float32Array(2), y: new Float32Array(2) }), /no input y/);
  await assert.rejects(executor.run("sub", {}), /no entry sub; the entries are add/);
  await assert.rejects(executor.write({ other: new Float32Array(2) }), /no state tensor other/);
  await assert.rejects(loadEager(count(), {}), /state total: expected float32\[2\]/);
});

test("an entry that keeps a tensor is found out", async () => {
  const leaky = await loadEager(
    count((state) => {
      engine().keep(tensor1d([1]));
      return { state, outputs: {} };
    }),
    zeros,
  );
  await assert.rejects(leaky.run("add", { x: new Float32Array(2) }), /left 1 tensors behind/);
});
