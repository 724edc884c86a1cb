import type { AnyKernel, KernelTable, PrimitiveKernel } from "./kernel.ts";
import { binary } from "./kernels/binary.ts";
import { composites } from "./kernels/composites.ts";
import { convolution } from "./kernels/convolution.ts";
import { depthwise } from "./kernels/depthwise.ts";
import { gather } from "./kernels/gather.ts";
import { lookUp } from "./kernels/lookUp.ts";
import { matmul } from "./kernels/matmul.ts";
import { pooling } from "./kernels/pooling.ts";
import { reductions } from "./kernels/reductions.ts";
import { resizing } from "./kernels/resizing.ts";
import { slicing } from "./kernels/slicing.ts";
import { structure } from "./kernels/structure.ts";
import { unary } from "./kernels/unary.ts";

/** Every kernel that can be compiled, by tfjs's name. */
export const kernels: Readonly<Record<string, AnyKernel>> = {
  ...unary,
  ...binary,
  ...reductions,
  ...structure,
  ...slicing,
  ...gather,
  ...lookUp,
  ...matmul,
  ...convolution,
  ...depthwise,
  ...pooling,
  ...resizing,
  ...composites,
} satisfies KernelTable & Record<string, AnyKernel>;

/** The entry of a kernel that a traced graph can contain. */
export function primitive(name: string): PrimitiveKernel {
  const kernel = kernels[name];
  if (!kernel || "expand" in kernel) throw new Error(`no graph contains the kernel ${name}`);
  return kernel;
}
