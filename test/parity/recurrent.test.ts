import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-layers"; // has the gradients
import { type LayerTypeName, layerType } from "../../server/nets/layerTypes.ts";
import { assertClose } from "./closeness.ts";
import { floats, type GoldenTensor, type GoldenTensors } from "./golden.ts";

interface GoldenRecurrent {
  readonly weights: GoldenTensors;
  /** State behind the last place that is no padding. */
  readonly last: GoldenTensor;
  /** Of its sum of squares. */
  readonly gradients: GoldenTensors;
  /** States at all places, without padding. */
  readonly sequence: GoldenTensor;
}

/** test/fixtures/recurrent/generate.py */
const golden = JSON.parse(
  await readFile(new URL("../fixtures/recurrent/recurrent.json", import.meta.url), "utf8"),
) as { readonly x: GoldenTensor; readonly lengths: readonly number[] } & Record<
  "lstm" | "gru",
  GoldenRecurrent
>;

const tensorOf = (values: GoldenTensor) => tf.tensor(floats(values), [...values.shape]);

/** float32 against PyTorch's float64. */
const tolerance = 2e-6;

for (const type of ["lstm", "gru"] as const satisfies readonly LayerTypeName[])
  test(`${type}: states, and gradients where texts are of several lengths, are PyTorch's`, () => {
    const expected = golden[type];
    const names = Object.keys(expected.weights);
    const { x, lengths } = golden;
    const places = x.shape[1] as number;
    const mask = tf.tensor2d(
      lengths.map((length) => Array.from({ length: places }, (_, i) => Number(i < length))),
    );
    const given = (returnSequences: boolean, weights: readonly tf.Tensor[], mask?: tf.Tensor) => {
      const output = layerType(type).forward(
        {
          tf,
          x: tensorOf(x),
          inputs: [tensorOf(x)],
          weights: Object.fromEntries(names.map((name, i) => [name, weights[i] as tf.Tensor])),
          training: true,
          outputShape: [x.shape[0] as number, places, 3],
          ...(mask ? { mask } : {}),
        },
        { units: 3, activation: "tanh", recurrentActivation: "sigmoid", returnSequences },
      );
      return "averages" in output ? assert.fail("it has no averages") : output;
    };
    const weights = names.map((name) => tensorOf(expected.weights[name] as GoldenTensor));
    assertClose(given(true, weights).dataSync(), floats(expected.sequence), tolerance, "sequence");
    assertClose(given(false, weights, mask).dataSync(), floats(expected.last), tolerance, "last");
    const gradients = tf.grads((...own) => tf.sum(tf.square(given(false, own, mask))))(weights);
    for (const [i, name] of names.entries())
      assertClose(
        gradients[i]?.dataSync(),
        floats(expected.gradients[name] as GoldenTensor),
        tolerance,
        name,
      );
  });
