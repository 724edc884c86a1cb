import { add, matMul, reshape, type Tensor, type Tensor2D } from "@tensorflow/tfjs-core";
import type { ArgumentsOf } from "../layerTypes.ts";
import { activate } from "./activations.ts";
import type { Call } from "./call.ts";

/** [batch, …, in] · [in, units]: leading axes are folded into one, so that it is always one plain product. */
export const dense: Call<ArgumentsOf<"dense">> = ({ inputs: [x], weights }, { activation }) => {
  const input = x as Tensor;
  const kernel = weights["kernel"] as Tensor2D;
  const rows = input.rank === 2 ? input : reshape(input, [-1, kernel.shape[0]]);
  const product = matMul(rows as Tensor2D, kernel);
  const biased = weights["bias"] ? add(product, weights["bias"]) : product;
  const output = activate(biased, activation);
  return input.rank === 2 ? output : reshape(output, [...input.shape.slice(0, -1), kernel.shape[1]]);
};

export const flatten: Call<ArgumentsOf<"flatten">> = ({ inputs: [x], outputShape }) =>
  reshape(x as Tensor, [(x as Tensor).shape[0] as number, ...outputShape]);
