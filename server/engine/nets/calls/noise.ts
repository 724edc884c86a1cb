import { add, cast, greaterEqual, mul, type Tensor } from "@tensorflow/tfjs-core";
import type { ArgumentsOf } from "../layerTypes.ts";
import type { Call } from "./call.ts";

/** Keeps a value where its uniform number in [0, 1) is at least `rate`, and enlarges it so that the mean stays. */
export const dropped = (x: Tensor, uniform: Tensor, rate: number): Tensor =>
  mul(x, mul(keptBy(uniform, rate), 1 / (1 - rate)));

export const dropout: Call<ArgumentsOf<"dropout">> = ({ x, random }, { rate }) =>
  random ? dropped(x, random, rate) : x;

export const spatialDropout1d: Call<ArgumentsOf<"spatialDropout1d">> = dropout;

export const gaussianNoise: Call<ArgumentsOf<"gaussianNoise">> = ({ x, random }, { stddev }) =>
  random ? add(x, mul(random, stddev)) : x;

export const gaussianDropout: Call<ArgumentsOf<"gaussianDropout">> = ({ x, random }, { rate }) =>
  random ? mul(x, add(mul(random, Math.sqrt(rate / (1 - rate))), 1)) : x;

/** selu's value for very negative inputs takes the place of what is dropped; the affine map restores mean and variance. */
export const alphaDropout: Call<ArgumentsOf<"alphaDropout">> = ({ x, random }, { rate }) => {
  if (!random) return x;
  const saturated = -1.6732632423543772 * 1.0507009873554805;
  const kept = keptBy(random, rate);
  const a = ((1 - rate) * (1 + rate * saturated ** 2)) ** -0.5;
  const b = -a * saturated * rate;
  const mixed = add(mul(x, kept), mul(add(mul(kept, -1), 1), saturated));
  return add(mul(mixed, a), b);
};

const keptBy = (uniform: Tensor, rate: number): Tensor => cast(greaterEqual(uniform, rate), "float32");
