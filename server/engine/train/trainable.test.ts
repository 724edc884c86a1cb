import assert from "node:assert/strict";
import { test } from "node:test";
import { localResponseNormalization, mul, type Tensor4D, tidy } from "@tensorflow/tfjs-core";
import type { LayerSpec } from "../../nets/shapes.ts";
import { buildNet, type Net } from "../nets/net.ts";
import { unsupported } from "./trainable.ts";

function net(layers: readonly LayerSpec[]): Net {
  const built = buildNet(layers, [8, 8, 2]);
  return "problems" in built ? assert.fail(JSON.stringify(built.problems)) : built;
}

const conv = { type: "conv2d", filters: 4, kernelSize: 3, dilationRate: 2 };
const layers = [conv, { type: "batchNormalization" }, { type: "dropout", rate: 0.5 }, { type: "flatten" }];

test("layers that can be trained have nothing to report", () => {
  const trained = net([...layers, { type: "dense", units: 3 }]);
  assert.equal(unsupported("student", trained, "trained"), undefined);
  assert.equal(unsupported("teacher", trained, "evaluated"), undefined);
});

test("a layer that the engine cannot compile is named, with the reason", () => {
  const whole = net(layers);
  const strange: Net = {
    ...whole,
    apply: (weights, x, mode) => {
      const seen = tidy("layer:lrn", () => localResponseNormalization(x as Tensor4D));
      return whole.apply(weights, mul(seen, 2), mode);
    },
  };
  for (const use of ["trained", "evaluated"] as const) {
    const { problem } = unsupported("student", strange, use) ?? assert.fail("nothing was found");
    assert.equal(problem.code, "layer-unsupported");
    assert.equal(problem.message, `student: the layer lrn cannot be ${use}: the engine has no LRN.`);
  }
});

test("an embedding behind layers with weights is told apart from what the engine has no kernel for", () => {
  const words = { type: "embedding", inputDim: 4, outputDim: 2 };
  const late = unsupported("student", net([{ type: "dense", units: 2 }, words]), "trained");
  assert.match(late?.problem.message ?? "", /^student: an embedding takes integers from the data/);
  assert.equal(unsupported("student", net([{ type: "flatten" }, words]), "trained"), undefined);
});

test("a net without weights has nothing to train", () => {
  assert.equal(unsupported("student", net([{ type: "flatten" }]), "trained")?.problem.code, "no-weights");
  assert.equal(unsupported("teacher", net([{ type: "flatten" }]), "evaluated"), undefined);
});
