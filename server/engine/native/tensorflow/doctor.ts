import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Driver, driverProblem, readDriver } from "./driver.ts";
import { EngineError } from "./engineError.ts";
import { type FoundEngine, findEngines } from "./engines.ts";
import { enginesFolder } from "./folders.ts";
import { type Machine, machineProblem, readMachine } from "./machine.ts";
import { checkFiles, readManifest } from "./manifest.ts";
import { engineParts } from "./pinned.ts";
import { type Probe, probe } from "./probe.ts";
import { findCompiler, findNpm, findPython } from "./tools.ts";

export interface Finding {
  readonly name: string;
  readonly state: "fine" | "missing" | "broken";
  readonly text: string;
}

export interface Diagnosis {
  readonly findings: readonly Finding[];
  /** The one command, or step, that mends what stands in the way most; absent when nothing does. */
  readonly mend?: string;
}

export interface ExaminedEngine {
  readonly engine: FoundEngine;
  readonly outcome: Probe | EngineError;
}

type PackageManager = "apt" | "dnf" | "pacman";
type Tool = "compiler" | "python" | "npm";

/** All that the diagnosis looks at. */
export interface Facts {
  readonly machine: Machine;
  readonly driver: Driver;
  readonly engines: readonly ExaminedEngine[];
  /** What was found of a tool, or why it was not. */
  readonly tools: Readonly<Record<Tool, string | EngineError>>;
  readonly packageManager?: PackageManager;
}

/** Looks at machine, driver, engines and tools. Every engine is tried in a process of its own. */
export async function examine(engines: string = enginesFolder(), signal?: AbortSignal): Promise<Facts> {
  const scratch = await mkdtemp(path.join(tmpdir(), "distill-doctor-"));
  try {
    const [machine, driver, found, compiler, python, npm] = await Promise.all([
      readMachine(),
      readDriver(),
      findEngines(engines),
      tried(findCompiler(scratch, { signal }).then(({ version }) => version)),
      tried(findPython({ signal })),
      tried(findNpm({ signal })),
    ]);
    const examined = await Promise.all(
      found.map(async (engine) => ({ engine, outcome: await tried(examineEngine(engine, { signal })) })),
    );
    const packageManager = (["apt", "dnf", "pacman"] as const).find((name) => existsSync(`/usr/bin/${name}`));
    return {
      machine,
      driver,
      engines: examined,
      tools: { compiler, python, npm },
      ...(packageManager && { packageManager }),
    };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** @throws EngineError */
export async function examineEngine(
  { folder, addon, kind, source }: FoundEngine,
  { signal, card }: { signal?: AbortSignal | undefined; card?: number | undefined } = {},
): Promise<Probe> {
  const manifest = source === "folder" ? await readManifest(folder) : undefined;
  if (manifest) await checkFiles(folder, manifest);
  return probe(addon, { kind, signal, ...(kind === "gpu" && card !== undefined && { device: card }) });
}

async function tried<T>(work: Promise<T>): Promise<T | EngineError> {
  return work.catch((error: unknown) => {
    if (error instanceof EngineError) return error;
    throw error;
  });
}

export function diagnose(facts: Facts): Diagnosis {
  const mend = mendOf(facts);
  return {
    findings: [
      ofMachine(facts.machine),
      ...ofDriver(facts.driver),
      ...facts.engines.map(ofEngine),
      ...(["cpu", "gpu"] as const)
        .filter((kind) => !facts.engines.some(({ engine }) => engine.kind === kind))
        .map((kind): Finding => ({ name: `tensorflow-${kind}`, state: "missing", text: "not installed" })),
      ...(["compiler", "python", "npm"] as const).map((name) => ofTool(name, facts.tools[name])),
    ],
    ...(mend && { mend }),
  };
}

function ofMachine(machine: Machine): Finding {
  const { platform, architecture, glibc } = machine;
  const problem = machineProblem(machine);
  const what = `${platform} ${architecture}${glibc ? `, glibc ${glibc}` : ""}`;
  return { name: "machine", state: problem ? "broken" : "fine", text: problem?.message ?? what };
}

function ofDriver(driver: Driver): Finding[] {
  const problem = driverProblem(driver);
  const { version, found, cards } = driver;
  const state = problem ? (version ? "broken" : "missing") : "fine";
  return [
    {
      name: "driver",
      state,
      text: [version && `NVIDIA ${version}`, found.join(", "), problem?.message].filter(Boolean).join("; "),
    },
    ...(cards.length === 0
      ? [{ name: "card", state: "missing", text: "no NVIDIA card is visible" } as const]
      : cards.map(({ index, name, memory, freeMemory, computeCapability }): Finding => {
          const size = memory === undefined ? "" : `, ${memory} MiB`;
          const free = freeMemory === undefined ? "" : `, ${freeMemory} MiB free`;
          const capability = computeCapability ? `, compute capability ${computeCapability}` : "";
          return { name: `gpu:${index}`, state: "fine", text: `${name}${size}${free}${capability}` };
        })),
  ];
}

function ofEngine({ engine, outcome }: ExaminedEngine): Finding {
  const name = `tensorflow-${engine.kind}`;
  if (outcome instanceof EngineError)
    return { name, state: "broken", text: `${outcome.message} (${engine.folder})` };
  const where = outcome.gpu ? `on the GPU${outcome.card ? ` ${outcome.card}` : ""}` : "on the CPU";
  const why = outcome.whyNoGpu ? `: ${outcome.whyNoGpu}` : "";
  return {
    name,
    state: outcome.whyNoGpu ? "broken" : "fine",
    text: `TensorFlow ${outcome.tensorflow} works ${where}${why} (${engine.folder})`,
  };
}

function ofTool(name: Tool, found: string | EngineError): Finding {
  if (found instanceof EngineError) return { name, state: "missing", text: found.message };
  return { name, state: "fine", text: found };
}

/**
 * In the order of what depends on what: a machine that cannot run TensorFlow needs nothing more; a card needs its driver; an engine
 * needs the tools to build it.
 */
function mendOf(facts: Facts): string | undefined {
  if (machineProblem(facts.machine)) return machineProblem(facts.machine)?.hint;
  const card = facts.driver.cards.length > 0;
  const driver = driverProblem(facts.driver);
  if (card && driver) return driver.hint;
  const gpu = facts.engines.find(({ engine }) => engine.kind === "gpu");
  const broken = facts.engines.find(({ outcome }) => outcome instanceof EngineError);
  const wanted = broken ? broken.engine.kind : card && !gpu ? "gpu" : undefined;
  const kind = wanted ?? (facts.engines.length === 0 ? "cpu" : undefined);
  if (kind) return missingTools(facts) ?? installCommand(broken?.engine, kind);
  if (gpu && !(gpu.outcome instanceof EngineError) && gpu.outcome.whyNoGpu) return driver?.hint;
  return undefined;
}

function installCommand(broken: FoundEngine | undefined, kind: FoundEngine["kind"]): string {
  if (broken?.source === "package") return `npm rebuild ${engineParts[kind].package}`;
  return `distill engine install tensorflow${kind === "gpu" ? " --gpu" : ""}`;
}

const packages: Readonly<Record<PackageManager, Readonly<Record<Tool, string>>>> = {
  apt: { compiler: "g++", python: "python3-pip", npm: "npm" },
  dnf: { compiler: "gcc-c++", python: "python3-pip", npm: "npm" },
  pacman: { compiler: "gcc", python: "python-pip", npm: "npm" },
};
const installs: Readonly<Record<PackageManager, string>> = {
  apt: "sudo apt install",
  dnf: "sudo dnf install",
  pacman: "sudo pacman -S",
};

function missingTools({ tools, packageManager }: Facts): string | undefined {
  const missing = (Object.keys(tools) as Tool[]).filter((tool) => tools[tool] instanceof EngineError);
  if (missing.length === 0) return undefined;
  if (!packageManager) return (tools[missing[0] as Tool] as EngineError).hint;
  return `${installs[packageManager]} ${missing.map((tool) => packages[packageManager][tool]).join(" ")}`;
}
