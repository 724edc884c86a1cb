import type { Tensor } from "@tensorflow/tfjs-core";
import { defined, number } from "../../parameters/parameter.ts";
import { expectRank, layer, type Ops, type RandomDraw, type Shape } from "./layer.ts";

const rate = defined(
  "DropRate",
  number("Share of the values that is dropped.", { minimum: 0, exclusiveMaximum: 1, examples: [0.5] }),
);

/** Noise of size 0 draws no numbers. */
const drawn = (size: number, distribution: RandomDraw["distribution"], shape: Shape) =>
  size > 0 ? { random: { distribution, shape } } : {};

/** Keeps a value where its uniform number in [0, 1) is at least `rate`, and enlarges it so that the mean stays. */
export const dropped = (tf: Ops, x: Tensor, uniform: Tensor, rate: number): Tensor =>
  tf.mul(x, tf.mul(keptBy(tf, uniform, rate), 1 / (1 - rate)));

const keptBy = (tf: Ops, uniform: Tensor, rate: number): Tensor =>
  tf.cast(tf.greaterEqual(uniform, rate), "float32");

/** Srivastava et al. 2014. */
export const dropout = layer({
  description: "Sets a random share of the values to 0 in training and scales the others up.",
  keras: { className: "Dropout" },
  mask: "passes",
  arguments: { rate },
  shape: (input, { rate }) => ({ output: input, ...drawn(rate, "uniform", input) }),
  forward: ({ tf, x, random }, { rate }) => (random ? dropped(tf, x, random, rate) : x),
});

/** Tompson et al. 2015. */
export const spatialDropout1d = layer({
  description: "Drops whole channels along one axis in training.",
  keras: { className: "SpatialDropout1D" },
  mask: "passes",
  arguments: { rate },
  shape: (input, { rate }) =>
    expectRank(input, 2, "[length, channels]") ?? {
      output: input,
      ...drawn(rate, "uniform", [1, input[1] as number]),
    },
  forward: ({ tf, x, random }, { rate }) => (random ? dropped(tf, x, random, rate) : x),
});

export const gaussianNoise = layer({
  description: "Adds Gaussian noise in training.",
  keras: { className: "GaussianNoise" },
  mask: "passes",
  arguments: { stddev: number("Standard deviation of the noise.", { minimum: 0, examples: [0.1] }) },
  shape: (input, { stddev }) => ({ output: input, ...drawn(stddev, "normal", input) }),
  forward: ({ tf, x, random }, { stddev }) => (random ? tf.add(x, tf.mul(random, stddev)) : x),
});

/** Srivastava et al. 2014, section 10: the variance of the noise is that of dropout. */
export const gaussianDropout = layer({
  description: "Multiplies by Gaussian noise around 1 in training.",
  keras: { className: "GaussianDropout" },
  mask: "passes",
  arguments: { rate },
  shape: (input, { rate }) => ({ output: input, ...drawn(rate, "normal", input) }),
  forward: ({ tf, x, random }, { rate }) =>
    random ? tf.mul(x, tf.add(tf.mul(random, Math.sqrt(rate / (1 - rate))), 1)) : x,
});

/** Klambauer et al. 2017. */
export const alphaDropout = layer({
  description: "Dropout that keeps mean and variance, for `selu` (Klambauer et al. 2017).",
  keras: { className: "AlphaDropout" },
  mask: "passes",
  arguments: { rate },
  shape: (input, { rate }) => ({ output: input, ...drawn(rate, "uniform", input) }),
  /** selu's value for very negative inputs takes the place of what is dropped; the affine map restores mean and variance. */
  forward: ({ tf, x, random }, { rate }) => {
    if (!random) return x;
    const saturated = -1.6732632423543772 * 1.0507009873554805;
    const kept = keptBy(tf, random, rate);
    const a = ((1 - rate) * (1 + rate * saturated ** 2)) ** -0.5;
    const b = -a * saturated * rate;
    const mixed = tf.add(tf.mul(x, kept), tf.mul(tf.add(tf.mul(kept, -1), 1), saturated));
    return tf.add(tf.mul(mixed, a), b);
  },
});
