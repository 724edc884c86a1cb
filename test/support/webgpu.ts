import { openDevice } from "../../server/engine/native/webgpu/device.ts";
import { webgpuWith } from "../../server/engine/native/webgpu/executor.ts";
import type { LoadProgram } from "../../server/engine/program.ts";
import { notTested } from "./notTested.ts";

/**
 * WebGPU for tests, on any adapter; Mesa's software Vulkan suffices. Without one, its tests fail unless DISTILL_WITHOUT
 * names it.
 */
export async function webgpuForTests(
  options: { readonly deviceOnly?: boolean } = {},
): Promise<LoadProgram | undefined> {
  try {
    await openDevice();
    return webgpuWith(options);
  } catch (error) {
    return notTested(
      "webgpu",
      `There is no WebGPU device (${error}): npm run setup:webgpu brings one in software.`,
    );
  }
}
