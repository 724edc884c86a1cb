import type { Tensor } from "@tensorflow/tfjs-core";
import { boolean, number } from "../../parameters/parameter.ts";
import { axis } from "./arguments.ts";
import { axisOf, layer, type Mismatch, type Ops, type ParameterSpec, type Weights } from "./layer.ts";

const epsilon = number("Added to the variance, so that nothing is divided by 0.", {
  exclusiveMinimum: 0,
  default: 0.001,
  examples: [0.001],
});

/**
 * Ioffe and Szegedy 2015. In training the batch's own mean and (biased) variance normalise, and the moving averages go
 * towards them: average ← momentum · average + (1 − momentum) · batch. Both conventions are Keras's; PyTorch's momentum
 * is one minus this, and its moving variance takes the unbiased one.
 */
export const batchNormalization = layer({
  description:
    "Normalises each channel over the batch (Ioffe and Szegedy 2015); by running averages outside training.",
  keras: { className: "BatchNormalization", formerly: ["BatchNormalizationV1"] },
  arguments: {
    axis: axis("Axis that is kept."),
    momentum: number(
      "Share of the running averages of mean and variance that stays at each step: their start is forgotten after 4.6 / (1 − momentum) steps: 460 of 0.99, 44 of 0.9. As with Keras; PyTorch's momentum is one minus this. The running variance is the biased one (divided by n), as with Keras; PyTorch keeps the unbiased one.",
      { minimum: 0, maximum: 1, default: 0.99, examples: [0.9] },
    ),
    epsilon,
    center: boolean("Add a trained value to each channel.", { default: true }),
    scale: boolean("Multiply each channel by a trained value.", { default: true }),
  },
  shape: (input, args) => {
    const axis = axisOf(input, args.axis);
    if (axis === undefined) return noSuchAxis(input.length, args.axis);
    const features = input[axis] as number;
    return {
      output: input,
      parameters: {
        ...gammaAndBeta(features, args),
        movingMean: { shape: [features], role: "average", initializer: "zeros" },
        movingVariance: { shape: [features], role: "average", initializer: "ones" },
      },
    };
  },
  forward: ({ tf, x, weights, training }, { axis, epsilon, momentum }) => {
    const along = alongAxis(tf, x, axis);
    if (!training) return normalizeBy(tf, x, weights, along, epsilon);

    const others = x.shape.map((_, i) => i).filter((i) => i !== along.axis);
    const { normal, mean, variance } = standardize(tf, x, others, epsilon);
    const towards = (name: string, batch: Tensor) => {
      const average = weights[name] as Tensor;
      return tf.add(tf.mul(average, momentum), tf.mul(tf.reshape(batch, average.shape), 1 - momentum));
    };
    return {
      output: scaleAndShift(tf, normal, weights, along),
      averages: {
        movingMean: towards("movingMean", mean),
        movingVariance: towards("movingVariance", variance),
      },
    };
  },
});

/** Ba, Kiros and Hinton 2016, over one axis of each sample. */
export const layerNormalization = layer({
  description: "Normalises each sample over its last axis (Ba et al. 2016).",
  keras: { className: "LayerNormalization" },
  mask: "passes",
  arguments: {
    axis: axis("Axis to normalise over."),
    epsilon,
    center: boolean("Add a trained value.", { default: true }),
    scale: boolean("Multiply by a trained value.", { default: true }),
  },
  shape: (input, args) => {
    const axis = axisOf(input, args.axis);
    if (axis === undefined) return noSuchAxis(input.length, args.axis);
    return { output: input, parameters: gammaAndBeta(input[axis] as number, args) };
  },
  forward: ({ tf, x, weights }, { axis, epsilon }) => {
    const along = alongAxis(tf, x, axis);
    return scaleAndShift(tf, standardize(tf, x, [along.axis], epsilon).normal, weights, along);
  },
});

const gammaAndBeta = (
  features: number,
  { center, scale }: { readonly center: boolean; readonly scale: boolean },
) => ({
  ...(scale
    ? { gamma: { shape: [features], role: "norm", initializer: "ones" } satisfies ParameterSpec }
    : {}),
  ...(center
    ? { beta: { shape: [features], role: "norm", initializer: "zeros" } satisfies ParameterSpec }
    : {}),
});

const noSuchAxis = (rank: number, axis: number): Mismatch => ({
  expected: `an axis from 1 to ${rank} or from −${rank} to −1`,
  found: String(axis),
  argument: "axis",
});

interface Along {
  readonly axis: number;
  /** Gives a vector of features the rank of the data, if it is not the last axis, which broadcasting finds by itself. */
  readonly spread: (vector: Tensor) => Tensor;
}

function alongAxis(tf: Ops, x: Tensor, given: number): Along {
  const axis = given < 0 ? x.rank + given : given;
  const shape = x.shape.map((extent, i) => (i === axis ? extent : 1));
  return { axis, spread: (vector) => (axis === x.rank - 1 ? vector : tf.reshape(vector, shape)) };
}

function scaleAndShift(tf: Ops, normal: Tensor, { gamma, beta }: Weights, { spread }: Along): Tensor {
  const scaled = gamma ? tf.mul(normal, spread(gamma)) : normal;
  return beta ? tf.add(scaled, spread(beta)) : scaled;
}

/** By given averages: one factor and one summand a feature, worked out on the small vectors. */
function normalizeBy(tf: Ops, x: Tensor, weights: Weights, { spread }: Along, epsilon: number): Tensor {
  const { gamma, beta } = weights;
  const inverse = tf.rsqrt(tf.add(weights["movingVariance"] as Tensor, epsilon));
  const factor = gamma ? tf.mul(inverse, gamma) : inverse;
  const centred = tf.sub(x, spread(weights["movingMean"] as Tensor));
  const scaled = tf.mul(centred, spread(factor));
  return beta ? tf.add(scaled, spread(beta)) : scaled;
}

/**
 * (x − mean) / √(variance + ε) over `axes`, with mean and (biased) variance of x itself, shaped to broadcast with x. No
 * gradient flows through the `mean` and `variance` given out.
 *
 * The gradient is written out, because what autodiff makes of the forward pass does three times the work:
 * dx = (dy − mean(dy) − normal · mean(dy · normal)) / √(variance + ε).
 */
export function standardize(tf: Ops, x: Tensor, axes: number[], epsilon: number) {
  const mean = tf.mean(x, axes, true);
  const centred = tf.sub(x, mean);
  const variance = tf.mean(tf.square(centred), axes, true);
  const inverse = tf.rsqrt(tf.add(variance, epsilon));
  const operation = tf.customGrad((...given: unknown[]) => {
    const save = given[1] as (tensors: Tensor[]) => void;
    const normal = tf.mul(centred, inverse);
    save([normal, inverse]);
    return {
      value: normal,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [y, scale] = saved as [Tensor, Tensor];
        const level = tf.add(tf.mean(dy, axes, true), tf.mul(y, tf.mean(tf.mul(dy, y), axes, true)));
        return tf.mul(tf.sub(dy, level), scale);
      },
    };
  });
  return { normal: operation(x), mean, variance };
}
