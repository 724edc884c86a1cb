import assert from "node:assert/strict";
import { test } from "node:test";
import { mul, type Tensor } from "@tensorflow/tfjs-core";
import { trace } from "../server/engine/graph/trace.ts";
import { limitOf, updateBytes } from "./limit.ts";

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
