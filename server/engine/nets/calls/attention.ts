import {
  add,
  broadcastTo,
  matMul,
  mul,
  reshape,
  softmax,
  type Tensor,
  type Tensor2D,
  transpose,
} from "@tensorflow/tfjs-core";
import type { ArgumentsOf } from "../layerTypes.ts";
import type { Call } from "./call.ts";
import { dropped } from "./noise.ts";

/** softmax(Q Kᵀ / √keyDim) V for each head, side by side, times the output's kernel. */
export const multiHeadAttention: Call<ArgumentsOf<"multiHeadAttention">> = (
  { x, weights, random },
  { numHeads, keyDim, dropout },
) => {
  const [batch, places, features] = x.shape as [number, number, number];
  const projected = (rows: Tensor, name: string) => {
    const product = matMul(rows as Tensor2D, weights[`${name}Kernel`] as Tensor2D);
    const bias = weights[`${name}Bias`];
    return bias ? add(product, bias) : product;
  };
  const rows = reshape(x, [batch * places, features]);
  const heads = (name: string) =>
    transpose(reshape(projected(rows, name), [batch, places, numHeads, keyDim]), [0, 2, 1, 3]);
  const [query, key, value] = [heads("query"), heads("key"), heads("value")]; // [batch, heads, places, keyDim]
  // Scaled here, where there are fewer values than in the scores.
  const scores = matMul(mul(query, keyDim ** -0.5), key, false, true); // [batch, heads, places, places]
  const shares = softmax(scores);
  const mixed = matMul(random ? dropped(shares, random, dropout) : shares, value);
  const joined = reshape(transpose(mixed, [0, 2, 1, 3]), [batch * places, numHeads * keyDim]);
  return reshape(projected(joined, "output"), [batch, places, features]);
};

export const positionEmbedding: Call<ArgumentsOf<"positionEmbedding">> = ({ weights, outputShape }) =>
  broadcastTo(reshape(weights["embeddings"] as Tensor, [1, ...outputShape.slice(1)]), outputShape);
