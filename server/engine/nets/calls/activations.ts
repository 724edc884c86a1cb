import {
  abs,
  add,
  clipByValue,
  div,
  elu,
  erf,
  logSoftmax,
  mul,
  relu,
  relu6,
  selu,
  sigmoid,
  softmax,
  softplus,
  type Tensor,
  tanh,
} from "@tensorflow/tfjs-core";
import type { Activation } from "../layers/arguments.ts";

/** Keras's activations by name. */
const functions: Readonly<Record<Activation, (x: Tensor) => Tensor>> = {
  linear: (x) => x,
  relu,
  relu6,
  elu,
  selu,
  sigmoid,
  hardSigmoid: (x) => clipByValue(add(mul(x, 0.2), 0.5), 0, 1),
  tanh,
  softmax: (x) => softmax(x),
  logSoftmax: (x) => logSoftmax(x),
  softplus,
  softsign: (x) => div(x, add(abs(x), 1)),
  swish: (x) => mul(x, sigmoid(x)), // Ramachandran et al. 2017
  mish: (x) => mul(x, tanh(softplus(x))), // Misra 2019
  gelu: (x) => mul(mul(x, 0.5), add(erf(div(x, Math.SQRT2)), 1)), // Hendrycks and Gimpel 2016, the exact form
};

export const activate = (x: Tensor, activation: Activation): Tensor => functions[activation](x);
