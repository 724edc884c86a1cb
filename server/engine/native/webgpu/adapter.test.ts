import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { webgpuForTests } from "../../../../test/support/webgpu.ts";
import type { Outcome } from "../../../subprocess.ts";
import { adapterFrom, findAdapter } from "./adapter.ts";

const skip = (await webgpuForTests()) ? false : "there is no WebGPU device";

const right = '{"sums":[10,18,42,50]}\n';
const none = '{"problem":"Failed to get a WebGPU adapter: No supported adapters\\n"}\n';
const ended = (said: Partial<Outcome>): Outcome => ({
  code: 0,
  signal: null,
  stdout: "",
  stderr: "",
  ...said,
});

test("an adapter is named, and known as software, where the Vulkan loader says what it uses", () => {
  const using = (name: string, driver: string) =>
    adapterFrom(
      ended({ stdout: right, stderr: `[Vulkan Loader] DRIVER:  Using "${name}" with driver: "${driver}"\n` }),
    );
  const software = [
    ["llvmpipe (LLVM 19.1.7, 256 bits)", "libvulkan_lvp.so"],
    ["SwiftShader Device (LLVM 10.0.0)", "./libvk_swiftshader.so"],
  ] as const;
  for (const [name, driver] of software) assert.deepEqual(using(name, driver), { name, software: true });
  const cards = [
    ["NVIDIA L4", "libGLX_nvidia.so.0"],
    ["AMD Radeon RX 7600 (RADV NAVI33)", "libvulkan_radeon.so"],
    ["Intel(R) Arc(tm) A770 Graphics (DG2)", "/usr/lib/x86_64-linux-gnu/libvulkan_intel.so"],
  ] as const;
  for (const [name, driver] of cards) assert.deepEqual(using(name, driver), { name, software: false });
  assert.deepEqual(adapterFrom(ended({ stdout: right })), {});
});

test("why there is no adapter", () => {
  const refused = (said: Partial<Outcome>, platform: string, expected: object) =>
    assert.throws(() => adapterFrom(ended(said), platform), { name: "EngineError", ...expected });
  refused({ stdout: none }, "linux", { code: "no-vulkan", message: /libvulkan\.so\.1.* was not found/ });
  refused({ stdout: none, stderr: "[Vulkan Loader] DRIVER: …" }, "linux", {
    code: "no-adapter",
    message: /no driver with a device/,
  });
  refused({ stdout: none }, "win32", { code: "no-adapter", message: "There is no adapter for WebGPU." });
  refused({ stdout: '{"lacking":"linux on arm64"}' }, "linux", {
    code: "no-webgpu",
    message: /no WebGPU for linux on arm64/,
  });
  refused({ stdout: '{"problem":"Failed to get a WebGPU device."}' }, "linux", {
    code: "load-failed",
    message: /could not be opened: Failed to get/,
  });
  refused({ stdout: '{"sums":[10,18,42,0]}' }, "linux", {
    code: "computes-wrongly",
    message: /expected 10,18,42,50, found 10,18,42,0/,
  });
  refused({ code: 1, stderr: "oh" }, "linux", { code: "crashed", message: /exit code 1/, detail: "oh" });
});

test("a driver that ends the process that tries it ends no other", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "adapter-"));
  const node = path.join(folder, "node");
  await writeFile(node, "#!/bin/sh\nkill -SEGV $$\n");
  await chmod(node, 0o755);
  await assert.rejects(findAdapter({ node }), { code: "crashed", message: /ended with SIGSEGV/ });
  await rm(folder, { recursive: true });
});

test("this machine's adapter, and none where no driver is to be found", { skip }, async () => {
  const { name } = await findAdapter();
  if (process.platform === "linux") assert.ok(name, "the adapter has no name");
  const noDriver = { VK_DRIVER_FILES: "/nonexistent.json", VK_ICD_FILENAMES: "/nonexistent.json" };
  await assert.rejects(findAdapter({ env: noDriver }), { code: "no-adapter" });
});
