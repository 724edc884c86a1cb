import { add, div, minimum, mul, sqrt, square, sum, type Tensor } from "@tensorflow/tfjs-core";
import type { Tensors } from "../program.ts";

/** Euclidean norm of all gradients as one vector, a scalar. */
function globalNorm(gradients: Tensors): Tensor {
  const squares = Object.values(gradients).map((gradient) => sum(square(gradient)));
  return sqrt(squares.reduce((total, next) => add(total, next)));
}

/**
 * Scales all gradients by one factor so that their global norm is at most `limit` (Pascanu et al. 2013), as
 * torch.nn.utils.clip_grad_norm_: the factor is min(1, limit / (norm + 1e-6)).
 * @returns `norm` is the norm before clipping
 */
export function clipByGlobalNorm(
  gradients: Tensors,
  limit: number | undefined,
): { gradients: Tensors; norm: Tensor } {
  const norm = globalNorm(gradients);
  if (limit === undefined) return { gradients, norm };
  const scale = minimum(div(limit, add(norm, 1e-6)), 1);
  return { gradients: mapTensors(gradients, (gradient) => mul(gradient, scale)), norm };
}

export const mapTensors = (tensors: Tensors, change: (tensor: Tensor, name: string) => Tensor): Tensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, change(tensor, name)]));
