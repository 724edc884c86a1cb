import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-layers"; // has the gradients
import type { LayerSpec } from "../../nets/shapes.ts";
import { buildNet, type Net } from "./net.ts";

const embedding = { type: "embedding", inputDim: 20, outputDim: 6, maskToken: 0 };
const attention = { type: "multiHeadAttention", numHeads: 2, keyDim: 3 };
const mean = { type: "globalAveragePooling1d" };

function built(layers: readonly object[], places: number): Net {
  const net = buildNet(layers as readonly LayerSpec[], [places]);
  return "problems" in net ? assert.fail(JSON.stringify(net)) : net;
}

/** Logits of sentences of so many places, and the gradient of their sum of squares by each weight. */
function answers(layers: readonly object[], rows: readonly (readonly number[])[]) {
  const places = rows[0]?.length ?? 0;
  const net = built(layers, places);
  const names = Object.keys(net.parameters);
  const initial = built(layers, places).initial(7);
  const values = names.map((name) =>
    tf.tensor(initial[name] as Float32Array, [...(net.parameters[name]?.shape ?? [])]),
  );
  const x = tf.tensor(rows.flat(), [rows.length, places]);
  const scores = (...weights: tf.Tensor[]) =>
    net.apply(Object.fromEntries(names.map((name, i) => [name, weights[i] as tf.Tensor])), x, {
      training: false,
    }).logits;
  const gradients = tf.grads((...weights) => tf.sum(tf.square(scores(...weights))) as tf.Scalar)(values);
  return [scores(...values), ...gradients].map((tensor) => Array.from(tensor.dataSync()));
}

for (const [what, layers] of [
  ["mean pooling", [embedding, mean]],
  ["the largest values", [embedding, { type: "globalMaxPooling1d" }]],
  [
    "layers between",
    [embedding, { type: "dense", units: 5, activation: "relu" }, { type: "layerNormalization" }, mean],
  ],
  ["attention", [embedding, attention, mean, { type: "dense", units: 2 }]],
  ["an LSTM", [embedding, { type: "lstm", units: 3 }, { type: "dense", units: 2 }]],
  ["GRUs", [embedding, { type: "gru", units: 3, returnSequences: true }, { type: "gru", units: 2 }]],
  ["an LSTM's mean", [embedding, { type: "lstm", units: 3, returnSequences: true }, mean]],
  [
    "a transformer's block",
    [
      { ...embedding, name: "tokens" },
      { ...attention, name: "mixed" },
      { type: "add", name: "sum", inputs: ["tokens", "mixed"] },
      { type: "layerNormalization" },
      mean,
    ],
  ],
] as const) {
  test(`${what}: a sentence with padding gives what it gives without, and its gradients`, () => {
    const short = answers(layers, [
      [5, 9, 3],
      [2, 2, 11],
    ]);
    const padded = answers(layers, [
      [5, 9, 3, 0, 0],
      [2, 2, 11, 0, 0],
    ]);
    // Sums of more addends, all of which are 0: rounding may differ in the last bits.
    for (const [i, values] of short.entries())
      for (const [j, value] of values.entries())
        assert.ok(
          Math.abs(value - (padded[i]?.[j] as number)) <= 2e-6 * Math.max(1, Math.abs(value)),
          `${i} ${j}`,
        );
  });
}

test("of padding alone, pooling gives 0", () => {
  for (const pooling of [mean, { type: "globalMaxPooling1d" }])
    assert.ok(answers([embedding, pooling], [[0, 0]])[0]?.every((value) => value === 0));
});
