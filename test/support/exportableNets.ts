import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import type { ExportableNet } from "../../server/engine/graph/exportableNet.ts";
import { buildNet, type Net } from "../../server/engine/nets/net.ts";
import type { NamedData, Program } from "../../server/engine/program.ts";
import { presetLayers } from "../../server/nets/presets/presets.ts";
import { loadEager } from "./eager.ts";

export type Layers = Parameters<typeof buildNet>[0];

export const cnn: Layers = [
  { type: "conv2d", filters: 4, kernelSize: 3, padding: "same" },
  { type: "batchNormalization" },
  { type: "reLU" },
  { type: "maxPooling2d" },
  { type: "dropout", rate: 0.5 },
  { type: "flatten" },
  { type: "dense", units: 5 },
];

export const visionTransformer: Layers = presetLayers(
  { preset: "vit", patchSize: 2, width: 6, depth: 2, heads: 2 },
  3,
);

export const depthwise: Layers = [
  { type: "depthwiseConv2d", kernelSize: 3 },
  { type: "upSampling2d" },
  { type: "averagePooling2d" },
  { type: "globalAveragePooling2d" },
  { type: "dense", units: 3 },
];

export function built(
  layers: Layers,
  inputShape: readonly number[],
): { net: Net; exportable: ExportableNet; weights: NamedData } {
  const net = buildNet(layers, inputShape);
  assert.ok(!("problems" in net), JSON.stringify(net));
  const exportable: ExportableNet = {
    inputShape,
    weights: Object.fromEntries(
      Object.entries(net.parameters).map(([name, { shape }]) => [name, { shape, dtype: "float32" as const }]),
    ),
    logits: (weights, x) => net.apply(weights, x, { training: false }).logits,
  };
  return { net, exportable, weights: net.initial(3) };
}

export async function eagerLogits(
  { inputShape, weights: specs, logits }: ExportableNet,
  weights: NamedData,
  x: Float32Array,
  batch: number,
) {
  const inputs = { x: { shape: [batch, ...inputShape], dtype: "float32" as const } };
  const program: Program = {
    state: specs,
    entries: [
      {
        name: "logits",
        inputs,
        run: (w, { x }) => ({ state: {}, outputs: { logits: logits(w, x as never) } }),
      },
    ],
  };
  return (await (await loadEager(program, weights)).run("logits", { x }))["logits"] as Float32Array;
}

const flat = (x: tf.Tensor) => tf.reshape(x, [-1]);
/** Three values a sample, four places among them. */
const picked = [2, 0, 1, 0] as const;
/** Nets with constants that have values for each sample, of samples of three numbers. */
export const batchNets: Readonly<Record<string, (x: tf.Tensor, batch: number) => tf.Tensor>> = {
  "places in a flattened tensor, computed": (x, batch) => {
    const starts = tf.mul(tf.reshape(tf.range(0, batch, 1, "int32"), [batch, 1]), tf.scalar(3, "int32"));
    const places = tf.add(starts, tf.tensor2d([...picked], [1, 4], "int32"));
    return tf.reshape(tf.gather(flat(x), flat(places)), [batch, 4]);
  },
  "places in a flattened tensor, one constant": (x, batch) => {
    const places = Int32Array.from({ length: batch * 4 }, (_, i) => (i >> 2) * 3 + (picked[i & 3] as number));
    return tf.reshape(tf.gather(flat(x), tf.tensor1d(places, "int32")), [batch, 4]);
  },
  "coordinates, of which one grows": (x, batch) => {
    const places = Int32Array.from({ length: batch * 4 }, (_, i) => (i % 2 === 0 ? i >> 2 : (i >> 1) % 2));
    return tf.gatherND(x, tf.tensor3d(places, [batch, 2, 2], "int32"));
  },
  "a table of equal rows": (x, batch) =>
    tf.add(
      x,
      tf.tensor2d(
        Float32Array.from({ length: batch * 3 }, (_, i) => i % 3),
        [batch, 3],
      ),
    ),
  "samples along the second axis": (x, batch) => {
    const spread = tf.broadcastTo(tf.tensor3d([1, 2], [2, 1, 1]), [2, batch, 1]);
    return tf.sum(tf.concat([tf.stack([x, x]), spread], 2), 0);
  },
};
