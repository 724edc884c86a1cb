import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { EngineError } from "./engineError.ts";
import { oldestDriver } from "./pinned.ts";
import { run } from "./subprocess.ts";

export interface Card {
  readonly index: number;
  readonly name: string;
  /** Mebibytes. */
  readonly memory: number;
  readonly freeMemory: number;
  /** As 8.9. */
  readonly computeCapability: string;
}

export interface Driver {
  /** As 550.54.14; absent without a driver. */
  readonly version?: string;
  /** Libraries of the driver that were not found where the loader looks. */
  readonly missing: readonly string[];
  readonly cards: readonly Card[];
}

/** libcuda runs kernels; without libnvidia-ml TensorFlow drops the card and says nothing. */
const libraries = ["libcuda.so.1", "libnvidia-ml.so.1"] as const;

export async function readDriver(): Promise<Driver> {
  const [module, cards] = await Promise.all([
    readFile("/proc/driver/nvidia/version", "utf8").catch(() => ""),
    readCards(),
  ]);
  const version = moduleVersion(module) ?? cards.driver;
  return { ...(version && { version }), missing: await missingLibraries(), cards: cards.cards };
}

/** "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  …", or the open module's line. */
export function moduleVersion(text: string): string | undefined {
  return /Kernel Module(?: for \w+)?\s+(\d+(?:\.\d+)+)/.exec(text)?.[1];
}

async function readCards(): Promise<{ driver?: string; cards: Card[] }> {
  const query = "--query-gpu=index,name,memory.total,memory.free,compute_cap,driver_version";
  const { code, stdout } = await run("nvidia-smi", [query, "--format=csv,noheader,nounits"], {
    timeout: 10_000,
  });
  return code === 0 ? parseCards(stdout) : { cards: [] };
}

/** @param csv one line a card: index, name, memory, free memory, compute capability, driver version */
export function parseCards(csv: string): { driver?: string; cards: Card[] } {
  const rows = csv
    .split("\n")
    .map((line) => line.split(",").map((cell) => cell.trim()))
    .filter((cells) => cells.length === 6);
  const cards = rows.map(([index, name, memory, freeMemory, computeCapability]) => ({
    index: Number(index),
    name: name as string,
    memory: Number(memory),
    freeMemory: Number(freeMemory),
    computeCapability: computeCapability as string,
  }));
  const driver = rows[0]?.[5];
  return driver ? { driver, cards } : { cards };
}

async function missingLibraries(): Promise<string[]> {
  const { stdout } = await run("/sbin/ldconfig", ["-p"]);
  const elsewhere = [
    ...(process.env["LD_LIBRARY_PATH"] ?? "").split(":").filter((folder) => folder !== ""),
    "/usr/lib/wsl/lib", // Windows' driver, seen from WSL
    "/run/opengl-driver/lib", // NixOS
  ];
  return libraries.filter(
    (library) =>
      !stdout.includes(library) && !elsewhere.some((folder) => existsSync(path.join(folder, library))),
  );
}

/** Why no GPU can be used with this driver. */
export function driverProblem({ version, missing }: Driver): EngineError | undefined {
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
  return undefined;
}
