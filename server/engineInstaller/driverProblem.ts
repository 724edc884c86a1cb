import { EngineError } from "../engineError.ts";
import type { Driver } from "../installedEngines/driver.ts";
import { oldestDriver } from "./pinned.ts";

/** Why no GPU can be used with this driver. */
export function driverProblem({ version, missing, complaint }: Driver): EngineError | undefined {
  if (version !== undefined && Number.parseInt(version, 10) < oldestDriver)
    return new EngineError(
      "gpu-driver-too-old",
      `CUDA 12 needs NVIDIA driver ${oldestDriver} or newer; this machine has ${version}.`,
      "Update the driver, or install the CPU engine.",
    );
  if (missing.length > 0)
    return new EngineError(
      "no-gpu-driver",
      `The NVIDIA driver's ${missing.join(" and ")} ${missing.length > 1 ? "were" : "was"} not found.`,
      'Install the driver, or the CPU engine. A container needs the driver capabilities "compute" and "utility".',
    );
  if (complaint !== undefined)
    return new EngineError(
      "no-gpu-driver",
      `The NVIDIA driver does not work. nvidia-smi reports: ${complaint.replace(/\.*$/, ".")}`,
      "Restart the machine, or install the driver again; or use the CPU engine.",
    );
  return undefined;
}
