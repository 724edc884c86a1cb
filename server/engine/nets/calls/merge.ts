import {
  add as addOf,
  concat,
  div,
  matMul,
  maximum as maximumOf,
  minimum as minimumOf,
  mul,
  reshape,
  sqrt,
  square,
  sum,
  type Tensor,
  transpose,
} from "@tensorflow/tfjs-core";
import type { ArgumentsOf } from "../layerTypes.ts";
import type { Call } from "./call.ts";

const folded =
  (combine: (a: Tensor, b: Tensor) => Tensor): Call<ArgumentsOf<"add">> =>
  ({ inputs }) =>
    inputs.reduce((merged, input) => combine(merged, input));

export const add = folded(addOf);
export const multiply = folded(mul);
export const maximum = folded(maximumOf);
export const minimum = folded(minimumOf);
export const average: Call<ArgumentsOf<"average">> = ({ inputs }) =>
  mul(
    inputs.reduce((total, input) => addOf(total, input)),
    1 / inputs.length,
  );

export const concatenate: Call<ArgumentsOf<"concatenate">> = ({ x, inputs }, { axis }) =>
  concat([...inputs], axis < 0 ? x.rank + axis : axis);

/** Contracts one axis of each: [batch, m, k] · [batch, k, n], where a missing axis counts as 1. */
export const dot: Call<ArgumentsOf<"dot">> = ({ inputs, outputShape }, { axes, normalize }) => {
  const [a, b] = inputs.map((input, i) => {
    const given = axes[i] as number;
    const axis = given < 0 ? input.rank + given : given;
    const unit = normalize ? toLength1(input, axis) : input;
    return input.rank === 2
      ? reshape(unit, [...input.shape, 1])
      : axis === 2
        ? transpose(unit, [0, 2, 1])
        : unit; // [batch, k, m]
  }) as [Tensor, Tensor];
  return reshape(matMul(a, b, true, false), outputShape);
};

/** Keras's ε keeps a vector of zeros from becoming NaN. */
const toLength1 = (x: Tensor, axis: number): Tensor =>
  div(x, sqrt(maximumOf(sum(square(x), axis, true), 1e-7)));
