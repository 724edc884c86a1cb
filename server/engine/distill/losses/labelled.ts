import {
  add,
  cast,
  div,
  maximum,
  mean,
  minimum,
  mul,
  reshape,
  scalar,
  slice,
  sum,
  type Tensor,
} from "@tensorflow/tfjs-core";
import type { Labels } from "./loss.ts";

/**
 * Labels from class indices, of which −1 is a missing one. Arithmetic only, so that one graph serves every batch.
 * @param given int32 [batch]
 */
export function partlyLabelled(given: Tensor): Labels {
  const number = cast(given, "float32"); // exact: there are fewer than 2²⁴ classes
  return {
    classes: cast(maximum(number, scalar(0)), "int32"),
    labelled: minimum(add(number, scalar(1)), scalar(1)),
  };
}

/**
 * Labels from rows with one number more, which is 1 where the sample has a label and 0 where it has none.
 * @param given float32 [batch, outputs + 1]
 */
export function partlyLabelledRows(given: Tensor): Labels {
  const [batch, width] = given.shape as [number, number];
  return {
    weights: slice(given, [0, 0], [batch, width - 1]),
    labelled: reshape(slice(given, [0, width - 1], [batch, 1]), [batch]),
  };
}

/**
 * The mean over the samples that have a label: Σ_i m_i · v_i / max(1, Σ_i m_i). It is 0 for a batch without any.
 * @param perSample [batch]
 */
export function meanOverLabelled(perSample: Tensor, labelled: Tensor | undefined): Tensor {
  if (labelled === undefined) return mean(perSample);
  return div(sum(mul(perSample, labelled)), maximum(sum(labelled), scalar(1)));
}
