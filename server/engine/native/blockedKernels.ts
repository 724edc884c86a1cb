// tfjs registers its gradients with its layers, in the bundle for Node.
import "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-core";
import { sizeOf } from "../../sizeOf.ts";
import { lowerBlocked } from "../graph/layouts/blocked/lowerBlocked.ts";
import { BLOCK } from "../graph/layouts/blocked/nchwc.ts";
import { OnnxGraph } from "../graph/onnx/onnxGraph.ts";
import { lowerPlain } from "../graph/plain.ts";
import { inputName, type LowerProgram, outputName } from "../graph/slots.ts";
import { trace } from "../graph/trace.ts";
import type { Program } from "../program.ts";
import { onnxruntime } from "./ort.ts";

let tried: Promise<string | undefined> | undefined;

/**
 * Why images cannot be stored in blocks of channels on this machine; undefined where they can. The runtime's kernels for them
 * are internal: no version guarantees them, and the block size depends on the processor. So they are tested once per process:
 * the order of a tensor's elements, and a small net's loss and gradients against the standard operators.
 */
export function whyNoBlocks(): Promise<string | undefined> {
  tried ??= tryBlocks();
  return tried;
}

/** @param lowering what is tried */
export function tryBlocks(
  lowering: LowerProgram = lowerBlocked,
  channels = BLOCK,
): Promise<string | undefined> {
  return compare(lowering, channels).catch((error: unknown) => {
    const [line = ""] = String(error instanceof Error ? error.message : error).split("\n");
    return `the runtime does not take them (${line})`;
  });
}

async function compare(lowering: LowerProgram, channels: number): Promise<string | undefined> {
  const size = await blockSize();
  if (size !== channels) return `a block has ${size} channels on this processor`;
  const expected = await outputsOf(lowerPlain);
  const actual = await outputsOf(lowering);
  for (const [name, data] of Object.entries(expected)) {
    const error = difference(actual[name] as Float32Array, data);
    if (!(error < 1e-4)) return `their ${name} differs from the standard operators'`;
  }
  return undefined;
}

/** With 64 channels of two positions, the second position of the first channel follows one whole block. */
async function blockSize(): Promise<number> {
  const graph = new OnnxGraph();
  const domain = { name: "com.microsoft.nchwc", version: 1 };
  const shape = [1, 64, 1, 2];
  const [ordered] = graph.nodes("ReorderInput", [graph.input("x", "float32", shape)], {}, 1, domain);
  graph.output("y", ordered as string, "float32", shape);
  const values = Float32Array.from({ length: sizeOf(shape) }, (_, i) => i);
  const { y } = await run(graph.encode({ name: "block size" }), { x: { data: values, shape } });
  return (y as Float32Array).indexOf(1);
}

const batch = 16;
const classes = 16;
const weights = {
  stem: [3, 3, 3, 16],
  inner: [3, 3, 16, 16],
  unfilled: [3, 3, 16, 20],
  depthwise: [3, 3, 20, 1],
  strided: [3, 3, 20, 32],
  projection: [1, 1, 20, 32],
  out: [32, classes],
} as const;

/** Every part of the lowering: convolutions of all kinds with both gradients, sums over samples, a residual sum, a pool. */
function trial(): Program {
  const names = Object.keys(weights);
  const state = Object.fromEntries(
    Object.entries(weights).map(([name, shape]) => [name, { shape, dtype: "float32" as const }]),
  );
  return {
    state,
    entries: [
      {
        name: "trial",
        inputs: { x: { shape: [batch, 8, 8, 3], dtype: "float32" } },
        run: (state, { x }) => {
          const loss = (...values: tf.Tensor[]): tf.Scalar => {
            const filter = (name: string) => values[names.indexOf(name)] as tf.Tensor4D;
            const convolve = (image: tf.Tensor, name: string, strides: number): tf.Tensor4D =>
              tf.conv2d(image as tf.Tensor4D, filter(name), strides, "same");
            const stem = tf.relu(standardized(convolve(x as tf.Tensor, "stem", 1)));
            const sum = tf.relu(tf.add(stem, convolve(stem, "inner", 1)));
            const pooled = tf.maxPool(sum as tf.Tensor4D, 2, 2, "valid");
            const unfilled = tf.relu(convolve(pooled, "unfilled", 1)) as tf.Tensor4D;
            const wide = tf.depthwiseConv2d(unfilled, filter("depthwise"), 1, "same");
            const halved = tf.add(convolve(wide, "strided", 2), convolve(wide, "projection", 2));
            const logits = tf.matMul(tf.mean(halved, [1, 2]) as tf.Tensor2D, values.at(-1) as tf.Tensor2D);
            return tf.mean(tf.square(logits)) as tf.Scalar;
          };
          const { value, grads } = tf.valueAndGrads(loss)(names.map((name) => state[name] as tf.Tensor));
          const gradients = Object.fromEntries(
            names.map((name, i) => [`gradient of ${name}`, grads[i] as tf.Tensor]),
          );
          return { state: {}, outputs: { loss: value, ...gradients } };
        },
      },
    ],
  };
}

/** Centred and scaled by batch statistics, as a norm in training. */
function standardized(x: tf.Tensor): tf.Tensor {
  const { mean, variance } = tf.moments(x, [0, 1, 2], true);
  return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-3)));
}

async function outputsOf(lower: LowerProgram): Promise<Record<string, Float32Array>> {
  const program = trial();
  const { models, slots } = lower(trace(program));
  const feeds: Record<string, Feed> = { [inputName("x")]: feed([batch, 8, 8, 3]) };
  for (const { name, state, shape, order } of slots) {
    const { data } = feed(program.state[state]?.shape ?? []);
    feeds[name] = { data: order ? Float32Array.from(order, (at) => data[at] as number) : data, shape };
  }
  const outputs = await run(models.get("trial")?.encoded as Uint8Array, feeds);
  const prefix = outputName("");
  return Object.fromEntries(Object.entries(outputs).map(([name, data]) => [name.slice(prefix.length), data]));
}

interface Feed {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** Numbers in [-0.3, 0.3] without a pattern, so that a wrong order shows. */
function feed(shape: readonly number[]): Feed {
  let state = sizeOf(shape);
  const data = Float32Array.from({ length: sizeOf(shape) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 32 - 0.5) * 0.6;
  });
  return { data, shape };
}

async function run(
  model: Uint8Array,
  feeds: Readonly<Record<string, Feed>>,
): Promise<Record<string, Float32Array>> {
  const ort = await onnxruntime();
  const session = await ort.InferenceSession.create(model, {
    executionProviders: ["cpu"],
    intraOpNumThreads: 1,
    logSeverityLevel: 4, // a failure is a result, not an error
  });
  try {
    const wanted = Object.entries(feeds).filter(([name]) => session.inputNames.includes(name));
    const tensors = wanted.map(
      ([name, { data, shape }]) => [name, new ort.Tensor("float32", data, shape)] as const,
    );
    const outputs = await session.run(Object.fromEntries(tensors));
    return Object.fromEntries(
      Object.entries(outputs).map(([name, { data }]) => [name, Float32Array.from(data as Float32Array)]),
    );
  } finally {
    await session.release();
  }
}

/** Of the largest element. */
function difference(actual: Float32Array, expected: Float32Array): number {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  let error = actual.length === expected.length ? 0 : Number.POSITIVE_INFINITY;
  expected.forEach((value, i) => {
    const apart = Math.abs(value - (actual[i] as number));
    error = Number.isNaN(apart) ? Number.POSITIVE_INFINITY : Math.max(error, apart);
  });
  return error / largest;
}
