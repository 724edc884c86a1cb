import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { EngineError } from "./engineError.ts";
import { oldestDriver } from "./pinned.ts";
import { run } from "./subprocess.ts";

export interface Card {
  readonly index: number;
  readonly name: string;
  /** Mebibytes; nvidia-smi alone says. */
  readonly memory?: number;
  readonly freeMemory?: number;
  /** As 8.9. */
  readonly computeCapability?: string;
}

export interface Driver {
  /** As 550.54.14; absent without a driver. */
  readonly version?: string;
  /** Libraries of the driver, where the loader looks. */
  readonly found: readonly string[];
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
  const found = await foundLibraries();
  const missing = libraries.filter((library) => !found.includes(library));
  return { ...(version && { version }), found, missing, cards: cards.cards };
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
  return code === 0 ? parseCards(stdout) : { cards: await cardsOfModule() };
}

/** The driver's kernel module names its cards, for where nvidia-smi is not to be had. */
async function cardsOfModule(folder = "/proc/driver/nvidia/gpus"): Promise<Card[]> {
  const addresses = await readdir(folder).catch(() => []);
  const texts = await Promise.all(
    addresses
      .sort()
      .map((address) => readFile(path.join(folder, address, "information"), "utf8").catch(() => "")),
  );
  return texts.map((text, index) => ({
    index,
    name: /^Model:\s*(.+)$/m.exec(text)?.[1] ?? "a card without a name",
  }));
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

async function foundLibraries(): Promise<string[]> {
  const { stdout } = await run("/sbin/ldconfig", ["-p"]);
  const elsewhere = [
    ...(process.env["LD_LIBRARY_PATH"] ?? "").split(":").filter((folder) => folder !== ""),
    "/usr/lib/wsl/lib", // Windows' driver, seen from WSL
    "/run/opengl-driver/lib", // NixOS
  ];
  return libraries.filter(
    (library) =>
      stdout.includes(library) || elsewhere.some((folder) => existsSync(path.join(folder, library))),
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
