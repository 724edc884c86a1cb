import assert from "node:assert/strict";
import { test } from "node:test";
import { driverProblem, moduleVersion, parseCards } from "./driver.ts";

test("the kernel module's version, of the closed and the open module", () => {
  const closed = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22 01:44:30 UTC 2024\n";
  const open = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.15  Release Build\n";
  assert.equal(moduleVersion(closed), "550.54.14");
  assert.equal(moduleVersion(open), "570.86.15");
  assert.equal(moduleVersion(""), undefined);
});

test("nvidia-smi's cards", () => {
  const csv = "0, NVIDIA L4, 23034, 22500, 8.9, 550.54.14\n1, Tesla T4, 15360, 15000, 7.5, 550.54.14\n";
  const { driver, cards } = parseCards(csv);
  assert.equal(driver, "550.54.14");
  assert.deepEqual(cards, [
    { index: 0, name: "NVIDIA L4", memory: 23034, freeMemory: 22500, computeCapability: "8.9" },
    { index: 1, name: "Tesla T4", memory: 15360, freeMemory: 15000, computeCapability: "7.5" },
  ]);
  assert.deepEqual(parseCards("No devices were found\n"), { cards: [] });
});

test("a driver that is too old, or is not whole", () => {
  const found = ["libcuda.so.1", "libnvidia-ml.so.1"];
  assert.equal(driverProblem({ version: "525.60", found, missing: [], cards: [] }), undefined);
  const old = driverProblem({ version: "470.82.01", found, missing: [], cards: [] });
  assert.equal(old?.code, "gpu-driver-too-old");
  assert.match(old?.message ?? "", /525 or newer; this machine has 470\.82\.01/);
  const container = driverProblem({
    version: "550.54",
    found: [],
    missing: ["libnvidia-ml.so.1"],
    cards: [],
  });
  assert.equal(container?.code, "no-gpu-driver");
  assert.match(container?.message ?? "", /libnvidia-ml\.so\.1 was not found/);
  assert.match(container?.hint ?? "", /"utility"/);
  const none = driverProblem({ found: [], missing: found, cards: [] });
  assert.match(none?.message ?? "", /libcuda\.so\.1 and libnvidia-ml\.so\.1 were not found/);
});
