import type { LoadProgram } from "../../program.ts";
import { openDevice } from "./device.ts";
import { webgpuWith } from "./executor.ts";

/**
 * WebGPU for tests, on whatever adapter there is: Mesa's software Vulkan will do. Where there is none, tests without it say so
 * on the console, and fail when DISTILL_REQUIRE_WEBGPU=1.
 */
export async function webgpuForTests(
  options: { readonly deviceOnly?: boolean } = {},
): Promise<LoadProgram | undefined> {
  try {
    await openDevice();
    return webgpuWith(options);
  } catch (error) {
    const missing = `There is no WebGPU device (on Debian, apt install mesa-vulkan-drivers gives a software one): ${error}`;
    if (process.env["DISTILL_REQUIRE_WEBGPU"] === "1") throw new Error(missing);
    console.error(`NOT TESTED on WebGPU. ${missing}`);
    return undefined;
  }
}
