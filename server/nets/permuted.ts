import type { Shape } from "./layers/layer.ts";
import { stridesOf } from "./operators/operator.ts";

/** The row-major values of a tensor with its axes in another order: axis `i` of what is given back is axis `axes[i]` of what comes in. */
export function permuted(values: Float32Array, shape: Shape, axes: readonly number[]): Float32Array {
  const strides = stridesOf(shape);
  const extents = axes.map((axis) => shape[axis] as number);
  const steps = axes.map((axis) => strides[axis] as number);
  const result = new Float32Array(values.length);
  const at = axes.map(() => 0);
  let from = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = values[from] as number;
    for (let axis = at.length - 1; axis >= 0; axis--) {
      from += steps[axis] as number;
      at[axis] = (at[axis] as number) + 1;
      if ((at[axis] as number) < (extents[axis] as number)) break;
      from -= (steps[axis] as number) * (extents[axis] as number);
      at[axis] = 0;
    }
  }
  return result;
}
