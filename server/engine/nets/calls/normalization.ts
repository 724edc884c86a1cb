import { add, customGrad, mean, mul, reshape, rsqrt, square, sub, type Tensor } from "@tensorflow/tfjs-core";
import type { Tensors } from "../../program.ts";
import type { ArgumentsOf } from "../layerTypes.ts";
import type { Call } from "./call.ts";

/**
 * Batch normalization. In training the batch's own mean and (biased) variance normalise, and the moving averages go
 * towards them: average ← momentum · average + (1 − momentum) · batch. Both conventions are Keras's; PyTorch's momentum
 * is one minus this, and its moving variance takes the unbiased one.
 */
export const batchNormalization: Call<ArgumentsOf<"batchNormalization">> = (
  { x, weights, training },
  { axis, epsilon, momentum },
) => {
  const along = alongAxis(x, axis);
  if (!training) return normalizeBy(x, weights, along, epsilon);

  const others = x.shape.map((_, i) => i).filter((i) => i !== along.axis);
  const { normal, mean: batchMean, variance } = standardize(x, others, epsilon);
  const towards = (name: string, batch: Tensor) => {
    const average = weights[name] as Tensor;
    return add(mul(average, momentum), mul(reshape(batch, average.shape), 1 - momentum));
  };
  return {
    output: scaleAndShift(normal, weights, along),
    averages: {
      movingMean: towards("movingMean", batchMean),
      movingVariance: towards("movingVariance", variance),
    },
  };
};

/** Layer normalization over one axis of each sample. */
export const layerNormalization: Call<ArgumentsOf<"layerNormalization">> = (
  { x, weights },
  { axis, epsilon },
) => {
  const along = alongAxis(x, axis);
  return scaleAndShift(standardize(x, [along.axis], epsilon).normal, weights, along);
};

interface Along {
  readonly axis: number;
  /** Gives a vector of features the rank of the data, if it is not the last axis, which broadcasting finds by itself. */
  readonly spread: (vector: Tensor) => Tensor;
}

function alongAxis(x: Tensor, given: number): Along {
  const axis = given < 0 ? x.rank + given : given;
  const shape = x.shape.map((extent, i) => (i === axis ? extent : 1));
  return { axis, spread: (vector) => (axis === x.rank - 1 ? vector : reshape(vector, shape)) };
}

function scaleAndShift(normal: Tensor, { gamma, beta }: Tensors, { spread }: Along): Tensor {
  const scaled = gamma ? mul(normal, spread(gamma)) : normal;
  return beta ? add(scaled, spread(beta)) : scaled;
}

/** By given averages: one factor and one summand a feature, worked out on the small vectors. */
function normalizeBy(x: Tensor, weights: Tensors, { spread }: Along, epsilon: number): Tensor {
  const { gamma, beta } = weights;
  const inverse = rsqrt(add(weights["movingVariance"] as Tensor, epsilon));
  const factor = gamma ? mul(inverse, gamma) : inverse;
  const centred = sub(x, spread(weights["movingMean"] as Tensor));
  const scaled = mul(centred, spread(factor));
  return beta ? add(scaled, spread(beta)) : scaled;
}

/**
 * (x − mean) / √(variance + ε) over `axes`, with mean and (biased) variance of x itself, shaped to broadcast with x. No
 * gradient flows through the `mean` and `variance` given out.
 *
 * The gradient is written out, because what autodiff makes of the forward pass does three times the work:
 * dx = (dy − mean(dy) − normal · mean(dy · normal)) / √(variance + ε).
 */
function standardize(x: Tensor, axes: number[], epsilon: number) {
  const average = mean(x, axes, true);
  const centred = sub(x, average);
  const variance = mean(square(centred), axes, true);
  const inverse = rsqrt(add(variance, epsilon));
  const operation = customGrad((...given: unknown[]) => {
    const save = given[1] as (tensors: Tensor[]) => void;
    const normal = mul(centred, inverse);
    save([normal, inverse]);
    return {
      value: normal,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [y, scale] = saved as [Tensor, Tensor];
        const level = add(mean(dy, axes, true), mul(y, mean(mul(dy, y), axes, true)));
        return mul(sub(dy, level), scale);
      },
    };
  });
  return { normal: operation(x), mean: average, variance };
}
