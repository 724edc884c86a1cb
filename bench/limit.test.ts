import assert from "node:assert/strict";
import { test } from "node:test";
import { mul, type Tensor } from "@tensorflow/tfjs-core";
import { flopsOf, totalOf } from "../server/engine/graph/flops.ts";
import { trace } from "../server/engine/graph/trace.ts";
import { limitOf, updateBytes } from "./limit.ts";
import { stepProgram } from "./steps.ts";
import { workloads } from "./workloads.ts";

const updating = (size: number) =>
  trace({
    state: { "weights/w": { shape: [size], dtype: "float32" } },
    entries: [
      {
        name: "train",
        inputs: { rate: { shape: [], dtype: "float32" } },
        run: (state, { rate }) => ({
          state: { "weights/w": mul(state["weights/w"] as Tensor, rate as Tensor) },
          outputs: {},
        }),
      },
    ],
  })[0] as Parameters<typeof updateBytes>[0];

test("an update of more than the caches hold reads weight and gradient and writes the weight", () => {
  const size = 10_000_000;
  assert.equal(updateBytes(updating(size)), 3 * 4 * size);
  // 120 MB at 60 GB/s
  assert.equal(limitOf(updating(size), { gflops: 100, gbps: 60 }), 2);
  assert.equal(updateBytes(updating(1000)), 0);
});

test("a training step of mlp64: forward, two filter gradients and one input gradient", () => {
  const mlp = workloads().find(({ name }) => name === "mlp64");
  const { program } = stepProgram(mlp as NonNullable<typeof mlp>, { batch: 128, teacher: "cached" });
  const [graph] = trace(program);
  // 784 → 64 → 10; no gradient of the pixels
  assert.equal(totalOf(flopsOf(graph as NonNullable<typeof graph>)), 2 * 128 * (2 * 784 * 64 + 3 * 64 * 10));
});
