import { matMul, reshape, type Tensor2D } from "@tensorflow/tfjs-core";
import type { ArgumentsOf } from "../layerTypes.ts";
import { finish } from "./activation.ts";
import type { Call } from "./call.ts";

/** [batch, …, in] · [in, units]: leading axes are folded into one, so that it is always one plain product. */
export const dense: Call<ArgumentsOf<"dense">> = ({ x, weights, outputShape }, { activation }) => {
  const kernel = weights["kernel"] as Tensor2D;
  const rows = x.rank === 2 ? x : reshape(x, [-1, kernel.shape[0]]);
  const output = finish(matMul(rows as Tensor2D, kernel), weights, activation);
  return x.rank === 2 ? output : reshape(output, outputShape);
};
