import { binary } from "../kernels/binary.ts";
import { unary } from "../kernels/unary.ts";

/** Kernels whose output element depends on the operands' elements at the same, broadcast, position alone. */
export const elementwiseKernels: readonly string[] = [...Object.keys(unary), ...Object.keys(binary)];

const names: ReadonlySet<string> = new Set(elementwiseKernels);

export const isElementwise = (kernel: string): boolean => names.has(kernel);
