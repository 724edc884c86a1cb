import { readFile } from "node:fs/promises";
import { builtIn, EngineError } from "../engineError.ts";
import { oldestGlibc, tensorflowVersion } from "./pinned.ts";

export interface Machine {
  readonly platform: string;
  readonly architecture: string;
  /** Absent with another C library. */
  readonly glibc?: string;
  /** Flags in /proc/cpuinfo; absent where it cannot be read. */
  readonly cpuFlags?: string;
}

export async function readMachine(): Promise<Machine> {
  const { platform, arch } = process;
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  const glibc = report.header?.glibcVersionRuntime;
  const cpuinfo = await readFile("/proc/cpuinfo", "utf8").catch(() => "");
  const cpuFlags = /^flags\s*:(.*)$/m.exec(cpuinfo)?.[1];
  return { platform, architecture: arch, ...(glibc && { glibc }), ...(cpuFlags && { cpuFlags }) };
}

/** Why TensorFlow cannot run here at all. */
export function machineProblem(machine: Machine): EngineError | undefined {
  const { platform, architecture, glibc, cpuFlags } = machine;
  if (platform !== "linux" || architecture !== "x64")
    return new EngineError(
      "unsupported-platform",
      `The TensorFlow engine is built for Linux on x64 only, not for ${platform} on ${architecture}.`,
      builtIn,
    );
  if (glibc === undefined)
    return new EngineError(
      "no-glibc",
      "TensorFlow needs the GNU C library, which this system does not use.",
      builtIn,
    );
  if (olderThan(glibc, oldestGlibc))
    return new EngineError(
      "glibc-too-old",
      `TensorFlow ${tensorflowVersion} needs glibc ${oldestGlibc.join(".")}; this system has ${glibc}.`,
      builtIn,
    );
  if (cpuFlags !== undefined && !cpuFlags.split(/\s+/).includes("avx"))
    return new EngineError("no-avx", "This processor lacks AVX, which TensorFlow was compiled for.", builtIn);
  return undefined;
}

function olderThan(version: string, [major, minor]: readonly [number, number]): boolean {
  const [a = 0, b = 0] = version.split(".").map(Number);
  return a < major || (a === major && b < minor);
}
