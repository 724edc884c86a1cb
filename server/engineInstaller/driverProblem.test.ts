import assert from "node:assert/strict";
import { test } from "node:test";
import { driverProblem } from "./driverProblem.ts";

test("a driver that does not work, in the words of nvidia-smi", () => {
  const complaint = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.";
  const found = ["libcuda.so.1", "libnvidia-ml.so.1"];
  const problem = driverProblem({ found, missing: [], cards: [], complaint });
  assert.equal(problem?.code, "no-gpu-driver");
  assert.equal(problem?.message, `The NVIDIA driver does not work. nvidia-smi reports: ${complaint}`);
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
