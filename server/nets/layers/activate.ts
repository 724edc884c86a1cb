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
  gelu,
};

/**
 * x · Φ(x), Hendrycks and Gimpel 2016, the exact form. With z = x / √2 the gradient is Φ(x) + z · exp(−z²) / √π. It is written
 * out, because the one that autodiff makes takes half as many passes again and computes Φ a second time.
 */
function gelu(tf: Ops, x: Tensor): Tensor {
  const z = tf.mul(x, Math.SQRT1_2);
  const share = tf.mul(tf.add(tf.erf(z), 1), 0.5);
  const operation = tf.customGrad((...given: unknown[]) => {
    const save = given[1] as (tensors: Tensor[]) => void;
    save([z, share]);
    return {
      value: tf.mul(x, share),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [z, share] = saved as [Tensor, Tensor];
        const density = tf.exp(tf.sub(-Math.log(Math.PI) / 2, tf.square(z)));
        return tf.mul(dy, tf.add(tf.mul(z, density), share));
      },
    };
  });
  return operation(x);
}

export const activate = (tf: Ops, x: Tensor, activation: Activation): Tensor => functions[activation](tf, x);

/** Bias, if the layer has one, then activation: how layers with a kernel end. */
export const finish = (tf: Ops, product: Tensor, weights: Weights, activation: Activation): Tensor =>
  activate(tf, weights["bias"] ? tf.add(product, weights["bias"]) : product, activation);
