import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { webgpuForTests } from "../../../../test/support/webgpu.ts";

const skip = (await webgpuForTests()) ? false : "there is no WebGPU device";

test("where there is no driver, opening the device fails with a reason and can be tried again", {
  skip,
}, () => {
  const module = JSON.stringify(new URL("./device.ts", import.meta.url).href);
  const script = `
    const { openDevice } = await import(${module});
    for (const _ of [1, 2]) await openDevice().catch((error) => console.log(error.message.includes("adapter")));
  `;
  const noDriver = { VK_DRIVER_FILES: "/nonexistent.json", VK_ICD_FILENAMES: "/nonexistent.json" };
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
    env: { ...process.env, ...noDriver },
  });
  assert.deepEqual({ status, stdout }, { status: 0, stdout: "true\ntrue\n" }, stderr);
});
