import {
  abs,
  add,
  clipByValue,
  div,
  elu as eluOf,
  erf,
  exp,
  leakyRelu,
  logSoftmax,
  minimum,
  mul,
  neg,
  relu,
  selu,
  sigmoid,
  softmax as softmaxOf,
  softplus,
  step,
  sub,
  type Tensor,
  tanh,
  transpose,
} from "@tensorflow/tfjs-core";
import type { Tensors } from "../../program.ts";
import type { Activation } from "../layers/arguments.ts";
import type { ArgumentsOf } from "../layerTypes.ts";
import type { Call } from "./call.ts";

/** Keras's activations by name. */
const functions: Readonly<Record<Activation, (x: Tensor) => Tensor>> = {
  linear: (x) => x,
  relu,
  relu6: (x) => minimum(relu(x), 6),
  elu: eluOf,
  selu,
  sigmoid,
  hardSigmoid: (x) => clipByValue(add(mul(x, 0.2), 0.5), 0, 1),
  tanh,
  softmax: (x) => softmaxOf(x),
  logSoftmax: (x) => logSoftmax(x),
  softplus,
  softsign: (x) => div(x, add(abs(x), 1)),
  swish: (x) => mul(x, sigmoid(x)), // Ramachandran et al. 2017
  mish: (x) => mul(x, tanh(softplus(x))), // Misra 2019
  gelu: (x) => mul(mul(x, 0.5), add(erf(div(x, Math.SQRT2)), 1)), // Hendrycks and Gimpel 2016, the exact form
};

export const activate = (x: Tensor, activation: Activation): Tensor => functions[activation](x);

/** Bias, if the layer has one, then activation: how layers with a kernel end. */
export const finish = (product: Tensor, weights: Tensors, activation: Activation): Tensor =>
  activate(weights["bias"] ? add(product, weights["bias"]) : product, activation);

export const activation: Call<ArgumentsOf<"activation">> = ({ x }, args) => activate(x, args.activation);

export const reLU: Call<ArgumentsOf<"reLU">> = ({ x }, { maxValue }) =>
  maxValue === null ? relu(x) : minimum(relu(x), maxValue);

export const leakyReLU: Call<ArgumentsOf<"leakyReLU">> = ({ x }, { alpha }) => leakyRelu(x, alpha);

export const prelu: Call<ArgumentsOf<"prelu">> = ({ x, weights }) =>
  sub(relu(x), mul(weights["alpha"] as Tensor, relu(neg(x))));

export const elu: Call<ArgumentsOf<"elu">> = ({ x }, { alpha }) =>
  alpha === 1 ? eluOf(x) : add(relu(x), mul(sub(exp(minimum(x, 0)), 1), alpha));

export const thresholdedReLU: Call<ArgumentsOf<"thresholdedReLU">> = ({ x }, { theta }) =>
  mul(x, step(sub(x, theta)));

/** tfjs's softmax knows the last axis alone, so that another one is moved there and back. */
export const softmax: Call<ArgumentsOf<"softmax">> = ({ x }, { axis }) => {
  const last = x.rank - 1;
  const chosen = axis < 0 ? x.rank + axis : axis;
  if (chosen === last) return softmaxOf(x);
  const swap = x.shape.map((_, i) => (i === chosen ? last : i === last ? chosen : i));
  return transpose(softmaxOf(transpose(x, swap)), swap);
};
