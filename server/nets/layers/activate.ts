import type { Tensor } from "@tensorflow/tfjs-core";
import type { Activation } from "./arguments.ts";
import type { Ops, Weights } from "./layer.ts";

/** Keras's activations by name. */
const functions: Readonly<Record<Activation, (tf: Ops, x: Tensor) => Tensor>> = {
  linear: (_, x) => x,
  relu: (tf, x) => tf.relu(x),
  relu6: (tf, x) => tf.minimum(tf.relu(x), 6),
  elu: (tf, x) => tf.elu(x),
  selu: (tf, x) => tf.selu(x),
  sigmoid: (tf, x) => tf.sigmoid(x),
  hardSigmoid: (tf, x) => tf.clipByValue(tf.add(tf.mul(x, 0.2), 0.5), 0, 1),
  tanh: (tf, x) => tf.tanh(x),
  softmax: (tf, x) => tf.softmax(x),
  logSoftmax: (tf, x) => tf.logSoftmax(x),
  softplus: (tf, x) => tf.softplus(x),
  softsign: (tf, x) => tf.div(x, tf.add(tf.abs(x), 1)),
  swish: (tf, x) => tf.mul(x, tf.sigmoid(x)), // Ramachandran et al. 2017
  mish: (tf, x) => tf.mul(x, tf.tanh(tf.softplus(x))), // Misra 2019
  // Hendrycks and Gimpel 2016, the exact form
  gelu: (tf, x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.div(x, Math.SQRT2)), 1)),
};

export const activate = (tf: Ops, x: Tensor, activation: Activation): Tensor => functions[activation](tf, x);

/** Bias, if the layer has one, then activation: how layers with a kernel end. */
export const finish = (tf: Ops, product: Tensor, weights: Weights, activation: Activation): Tensor =>
  activate(tf, weights["bias"] ? tf.add(product, weights["bias"]) : product, activation);
