import { customGrad, div, exp, expandDims, logSoftmax, mul, sub, type Tensor } from "@tensorflow/tfjs-core";
import type { Temperature } from "./temperatureSchedule.ts";

interface Towards {
  /** p, a constant; rows sum to 1. [batch, classes] */
  readonly shares: Tensor;
  readonly temperature: Temperature;
}

/**
 * A loss of each sample that differs from −Σ_c p_c · log q_c, q = softmax(z / T), by a constant.
 *
 * Its gradient by z, (q − p) / T, is written out: autodiff adds up p to find that it is 1, in three times as many kernels.
 * @param logits z, [batch, classes]
 * @param value of log q, [batch, classes]; gives [batch]
 */
export function towardsShares(
  logits: Tensor,
  { shares, temperature }: Towards,
  value: (logShares: Tensor) => Tensor,
): Tensor {
  const operation = customGrad((...given: unknown[]) => {
    const [z, save] = given as [Tensor, (tensors: Tensor[]) => void];
    const logShares = logSoftmax(temperature === 1 ? z : div(z, temperature));
    save([logShares, shares]);
    return {
      value: value(logShares),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [logQ, p] = saved as [Tensor, Tensor];
        return mul(sub(exp(logQ), p), expandDims(div(dy, temperature), -1));
      },
    };
  });
  return operation(logits);
}
