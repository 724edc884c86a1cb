import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { lastWords, type Outcome, run } from "../subprocess.ts";

export interface Card {
  readonly index: number;
  readonly name: string;
  /** Mebibytes; only nvidia-smi reports it. */
  readonly memory?: number;
  readonly freeMemory?: number;
  /** As 8.9. */
  readonly computeCapability?: string;
}

export interface Driver {
  /** As 550.54.14; absent without a driver. */
  readonly version?: string;
  /** The driver's libraries, where the loader searches. */
  readonly found: readonly string[];
  readonly missing: readonly string[];
  readonly cards: readonly Card[];
  /** Error of nvidia-smi where it exists but cannot list the cards. */
  readonly complaint?: string;
}

/** libcuda runs kernels; without libnvidia-ml TensorFlow ignores the card silently. */
const libraries = ["libcuda.so.1", "libnvidia-ml.so.1"] as const;

export async function readDriver(): Promise<Driver> {
  const [module, cards] = await Promise.all([
    readFile("/proc/driver/nvidia/version", "utf8").catch(() => ""),
    readCards(),
  ]);
  const version = moduleVersion(module) ?? cards.driver;
  const found = await foundLibraries();
  const missing = libraries.filter((library) => !found.includes(library));
  const { complaint } = cards;
  return { ...(version && { version }), found, missing, cards: cards.cards, ...(complaint && { complaint }) };
}

/** "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  …", or the open module's line. */
export function moduleVersion(text: string): string | undefined {
  return /Kernel Module(?: for \w+)?\s+(\d+(?:\.\d+)+)/.exec(text)?.[1];
}

interface FoundCards {
  readonly driver?: string;
  readonly cards: readonly Card[];
  readonly complaint?: string;
}

async function readCards(): Promise<FoundCards> {
  const query = "--query-gpu=index,name,memory.total,memory.free,compute_cap,driver_version";
  const outcome = await run("nvidia-smi", [query, "--format=csv,noheader,nounits"], { timeout: 10_000 });
  if (outcome.code === 0) return parseCards(outcome.stdout);
  const complaint = complaintOf(outcome);
  return { cards: await cardsOfModule(), ...(complaint && { complaint }) };
}

/** The driver's problem, in nvidia-smi's words. Drivers before 510 lack one of the queried fields. */
export function complaintOf(outcome: Outcome): string | undefined {
  if (outcome.code === 127) return undefined; // There is no nvidia-smi.
  if (outcome.signal !== null) return "it does not answer";
  const complaint = lastWords(outcome).split("\n")[0]?.trim();
  return complaint === undefined || /not a valid field|No devices were found/i.test(complaint)
    ? undefined
    : complaint;
}

/** The driver's kernel module names its cards, for machines without nvidia-smi. */
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
  // "[N/A]" stands for what the driver does not know, such as the memory of a partitioned card; a name may have commas.
  const row = /^\s*(\d+)\s*,(.+),([^,]+),([^,]+),([^,]+),([^,]+)$/gm;
  const rows = [...csv.matchAll(row)].map((cells) => cells.slice(1).map((cell) => cell.trim()));
  const cards = rows.map(([index, name, memory, freeMemory, computeCapability]): Card => {
    const numbers = { memory: Number(memory), freeMemory: Number(freeMemory) };
    const known = Object.entries(numbers).filter(([, value]) => Number.isFinite(value));
    return {
      index: Number(index),
      name: name as string,
      ...Object.fromEntries(known),
      ...(/^[\d.]+$/.test(computeCapability as string) && { computeCapability: computeCapability as string }),
    };
  });
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
