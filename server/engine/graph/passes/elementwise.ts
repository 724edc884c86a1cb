import { binary } from "../kernels/binary.ts";
import { unary } from "../kernels/unary.ts";

/** Kernels whose output element depends on the operands' elements at the same, broadcast, position alone. */
export function isElementwise(kernel: string): boolean {
  return kernel in unary || kernel in binary;
}
