import { createRequire } from "node:module";
import process from "node:process";
import util from "node:util";
import type * as Core from "@tensorflow/tfjs-core";
import type * as Layers from "@tensorflow/tfjs-layers";
import { presetLayers } from "../server/nets/presets/presets.ts";
import type { LayerSpec } from "../server/nets/shapes.ts";
import { conv } from "./workloads.ts";

/** What a message asks for: training steps in one call of `fit`. */
export interface FitRequest {
  readonly workload: string;
  readonly batch: number;
  readonly steps: number;
}

// Distils with tfjs-node's `model.fit`, whose package is in the folder that argv names; answers each request with the
// milliseconds of a step.
const [, , folder = ""] = process.argv;
// Node 24 has this no more, and tfjs-node 4.22 still calls it.
Object.assign(util, { isNullOrUndefined: (value: unknown) => value === null || value === undefined });
const tf = createRequire(`${folder}/`)("@tensorflow/tfjs-node") as typeof Core & typeof Layers;

const classes = 10;
const temperature = 3;
const alpha = 0.7;

/** α·T²·KL, for each sample. */
function kd(teacher: Core.Tensor, logits: Core.Tensor): Core.Tensor {
  const soft = tf.softmax(tf.div(teacher, temperature));
  const cooled = tf.logSoftmax(tf.div(logits, temperature));
  const kl = tf.sum(tf.mul(soft, tf.sub(tf.log(soft), cooled)), -1);
  return tf.mul(alpha * temperature ** 2, kl);
}

/** (1 − α)·CE, for each sample. */
const ce = (labels: Core.Tensor, logits: Core.Tensor): Core.Tensor =>
  tf.mul(alpha - 1, tf.sum(tf.mul(labels, tf.logSoftmax(logits)), -1));

const inputShape = [28, 28, 1];

/** The students, by their workloads; of layers that are Keras's. */
const students: Readonly<Record<string, readonly LayerSpec[]>> = {
  mlp64: presetLayers({ preset: "mlp", hidden: [64] }, classes),
  mlp1200: presetLayers({ preset: "mlp", hidden: [1200, 1200] }, classes),
  "conv8-16": conv(8, 16),
  "conv32-64": conv(32, 64),
};

const layerOf: Readonly<Record<string, (config: never) => Layers.layers.Layer>> = {
  flatten: tf.layers.flatten,
  dense: tf.layers.dense,
  conv2d: tf.layers.conv2d,
  maxPooling2d: tf.layers.maxPooling2d,
};

/**
 * `fit` wants targets of an output's shape, so the logits are two outputs. AdamW is not among the optimizers of TensorFlow.js: Adam
 * does a little less.
 */
function compiled(student: readonly LayerSpec[]): Layers.LayersModel {
  const inputs = tf.input({ shape: inputShape });
  const logits = student.reduce<Layers.SymbolicTensor>((before, { type, ...config }) => {
    const make = layerOf[type];
    if (make === undefined) throw new Error(`No layer ${type} here.`);
    return make(config as never).apply(before) as Layers.SymbolicTensor;
  }, inputs);
  const again = tf.layers.activation({ activation: "linear" }).apply(logits) as Layers.SymbolicTensor;
  const model = tf.model({ inputs, outputs: [logits, again] });
  model.compile({ optimizer: tf.train.adam(1e-3), loss: [kd, ce] });
  return model;
}

const models = new Map<string, Layers.LayersModel>();

async function fit({ workload: name, batch, steps }: FitRequest): Promise<number> {
  const student = students[name];
  if (student === undefined) throw new Error(`There is no student ${name}.`);
  const model = models.get(name) ?? compiled(student);
  models.set(name, model);
  const samples = batch * steps;
  const x = tf.randomUniform([samples, ...inputShape]);
  const classOf = tf.mod(tf.range(0, samples, 1, "int32"), tf.scalar(classes, "int32")) as Core.Tensor1D;
  const labels = tf.cast(tf.oneHot(classOf, classes), "float32");
  const teacher = tf.randomNormal([samples, classes]);
  const start = performance.now();
  await model.fit(x, [teacher, labels], { batchSize: batch, epochs: 1, verbose: 0 });
  const ms = (performance.now() - start) / steps;
  tf.dispose([x, teacher, classOf, labels]);
  return ms;
}

process.on("message", async (request: FitRequest) => {
  process.send?.(await fit(request));
});
