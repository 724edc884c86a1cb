// tfjs registers its gradients with its layers, in the bundle for Node.
import "@tensorflow/tfjs-layers";
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { lowerBatchInnermost } from "../../server/engine/graph/layouts/innermost/lowerBatchInnermost.ts";
import type { LowerProgram } from "../../server/engine/graph/slots.ts";
import { loadLowered } from "../../server/engine/native/onnxruntime.ts";
import type { Data, NamedData, Program, TensorSpec } from "../../server/engine/program.ts";
import { sizeOf } from "../../server/sizeOf.ts";
import { numbers } from "./againstEager.ts";
import { loadEager } from "./eager.ts";

type Weights = Readonly<Record<string, tf.Tensor>>;
type Shapes = Readonly<Record<string, readonly number[]>>;

/** A net to train in a test. Batch norm passes its new averages to `average`. */
export interface TestNet {
  readonly x: readonly number[]; // one sample
  readonly weights: Shapes;
  readonly averages?: Shapes;
  logits(weights: Weights, x: tf.Tensor4D, average: (name: string, value: tf.Tensor) => void): tf.Tensor;
}

const classes = 5;
const slots = ["velocity"] as const;

/**
 * Cross-entropy and SGD with momentum, with decay on everything but vectors: `train@B` gives every gradient too, and
 * each new state is linear in it, so that errors of gradients are not magnified. `evaluate@B` gives the logits.
 */
export function trainingProgram(net: TestNet, batches: readonly number[]): Program {
  const names = Object.keys(net.weights);
  const float = (shape: readonly number[]): TensorSpec => ({ shape, dtype: "float32" });
  const state: Record<string, TensorSpec> = {};
  for (const [name, shape] of Object.entries(net.weights)) {
    state[name] = float(shape);
    for (const slot of slots) state[`${slot}/${name}`] = float(shape);
  }
  for (const [name, shape] of Object.entries(net.averages ?? {})) state[name] = float(shape);

  const inputs = (batch: number) => ({
    x: float([batch, ...net.x]),
    target: float([batch, classes]),
    rate: float([]),
  });
  const train = (batch: number): Program["entries"][number] => ({
    name: `train@${batch}`,
    inputs: inputs(batch),
    run(state, { x, target, rate }) {
      const averages: Record<string, tf.Tensor> = {};
      const loss = (...values: tf.Tensor[]): tf.Scalar => {
        const weights = {
          ...state,
          ...Object.fromEntries(names.map((name, i) => [name, values[i] as tf.Tensor])),
        };
        const logits = net.logits(weights, x as tf.Tensor4D, (name, value) => {
          averages[name] = tf.keep(value);
        });
        const crossEntropy = tf.sum(tf.mul(target as tf.Tensor, tf.logSoftmax(logits)), 1);
        return tf.neg(tf.mean(crossEntropy)) as tf.Scalar;
      };
      const { value, grads } = tf.valueAndGrads(loss)(names.map((name) => state[name] as tf.Tensor));
      const next: Record<string, tf.Tensor> = {};
      const outputs: Record<string, tf.Tensor> = { loss: value };
      names.forEach((name, i) => {
        const weight = state[name] as tf.Tensor;
        outputs[`gradient/${name}`] = grads[i] as tf.Tensor;
        const decayed =
          weight.rank > 1 ? tf.add(grads[i] as tf.Tensor, tf.mul(weight, 0.01)) : (grads[i] as tf.Tensor);
        const velocity = tf.add(tf.mul(state[`velocity/${name}`] as tf.Tensor, 0.9), decayed);
        next[`velocity/${name}`] = velocity;
        next[name] = tf.sub(weight, tf.mul(velocity, rate as tf.Tensor));
      });
      for (const [name, value] of Object.entries(averages)) {
        next[name] = tf.clone(value);
        value.dispose();
      }
      return { state: next, outputs };
    },
  });
  const evaluate = (batch: number): Program["entries"][number] => ({
    name: `evaluate@${batch}`,
    inputs: { x: float([batch, ...net.x]) },
    run: (state, { x }) => ({
      state: {},
      outputs: { logits: net.logits(state, x as tf.Tensor4D, () => {}) },
    }),
  });
  return { state, entries: [...batches.map(train), ...(net.averages ? [] : batches.map(evaluate))] };
}

export function initialState(net: TestNet, seed = 1): Record<string, Data> {
  const state: Record<string, Data> = {};
  for (const [i, [name, shape]] of Object.entries(net.weights).entries()) {
    const scale = shape.length === 1 ? 0.1 : 1 / Math.sqrt(sizeOf(shape.slice(0, -1)));
    state[name] = (numbers(shape, seed + i).data as Float32Array).map((value) => value * scale);
    for (const slot of slots)
      state[`${slot}/${name}`] = (state[name] as Float32Array).map((value) => value * 0.01);
  }
  for (const [name, shape] of Object.entries(net.averages ?? {}))
    state[name] = new Float32Array(sizeOf(shape)).fill(1);
  return state;
}

export function batchOf(net: TestNet, batch: number, seed = 1): Record<string, Data> {
  const target = new Float32Array(batch * classes);
  for (let i = 0; i < batch; i++) target[i * classes + ((i * 7 + seed) % classes)] = 1;
  return { x: numbers([batch, ...net.x], seed + 100).data, target, rate: Float32Array.of(0.05) };
}

/**
 * Gradients whose largest element is smaller are compared at this size: they are sums of larger numbers that cancel.
 */
const smallest = 0.1;

/** Largest difference divided by the largest element. */
export function errorOf(actual: Data, expected: Data): number {
  let largest = smallest;
  let error = 0;
  expected.forEach((value, i) => {
    largest = Math.max(largest, Math.abs(value));
    const difference = Math.abs(value - (actual[i] as number));
    error = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(error, difference);
  });
  return error / largest;
}

/** Of the largest element: allowed difference of two correct float32 engines in one step's gradients. */
export const tolerance = 5e-6;

interface Comparison {
  /** Of the largest element. */
  readonly within?: number;

  readonly batch?: number;
  readonly threads?: readonly number[];
  readonly lower?: LowerProgram;
  readonly feeds?: NamedData;
}

/** Asserts that two steps of training give the same as op by op: loss, gradients and all state. */
export async function trainsAsEager(
  net: TestNet,
  { batch = 4, threads = [1, 2], lower = lowerBatchInnermost, feeds, within = tolerance }: Comparison = {},
): Promise<void> {
  const program = trainingProgram(net, [batch]);
  const initial = initialState(net);
  const entry = `train@${batch}`;
  for (const count of threads) {
    const oracle = await loadEager(program, initial);
    const executor = await loadLowered(lower, program, initial, { threads: count });
    for (const step of [1, 2]) {
      const fed = feeds ?? batchOf(net, batch, step);
      const expected = await oracle.run(entry, fed);
      const actual = await executor.run(entry, fed);
      for (const [name, data] of Object.entries(expected))
        close(actual[name], data, { within, what: `${name}, step ${step}` });
    }
    const state = await executor.read();
    for (const [name, data] of Object.entries(await oracle.read()))
      close(state[name], data, { within, what: `${name}, ${count} threads` });
    await executor.dispose();
    await oracle.dispose();
  }
}

function close(
  actual: Data | undefined,
  expected: Data,
  { within, what }: { readonly within: number; readonly what: string },
): void {
  assert.equal(actual?.length, expected.length, what);
  const error = errorOf(actual as Data, expected);
  assert.ok(error <= within, `${what}: differs by ${error.toExponential(1)} of the largest element`);
}

// Parts of the test nets.

export const convolve = (
  x: tf.Tensor,
  filter: tf.Tensor | undefined,
  { strides = 1, pad = "valid" }: { readonly strides?: number; readonly pad?: "valid" | "same" } = {},
): tf.Tensor4D => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides, pad);

export const biased = (x: tf.Tensor, bias: tf.Tensor | undefined): tf.Tensor4D =>
  tf.add(x, bias as tf.Tensor);

export const flatten = (x: tf.Tensor): tf.Tensor2D => tf.reshape(x, [x.shape[0] as number, -1]);

export const dense = (x: tf.Tensor, weights: Weights, name: string): tf.Tensor =>
  tf.add(
    tf.matMul(x as tf.Tensor2D, weights[`${name}.kernel`] as tf.Tensor2D),
    weights[`${name}.bias`] as tf.Tensor,
  );

/** Over batch and positions, as tf.layers does in training. */
export function normalise(
  x: tf.Tensor,
  weights: Weights,
  name: string,
  average: (name: string, value: tf.Tensor) => void,
): tf.Tensor {
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  for (const [part, value] of Object.entries({ mean, variance })) {
    const before = weights[`${name}.${part}`] as tf.Tensor;
    average(`${name}.${part}`, tf.sub(before, tf.mul(tf.sub(before, value), 0.1)));
  }
  return tf.batchNorm(
    x,
    mean as tf.Tensor1D,
    variance as tf.Tensor1D,
    weights[`${name}.beta`] as tf.Tensor1D,
    weights[`${name}.gamma`] as tf.Tensor1D,
    1e-3,
  );
}
