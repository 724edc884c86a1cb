import { EngineError } from "../engineError.ts";
import type { Driver } from "../installedEngines/driver.ts";
import type { FoundEngine, Probe } from "../installedEngines/tensorflow.ts";
import type { EngineFinding, EngineKind, InstallableEngine } from "../protocol.ts";
import { type PackageManager, type Tool, toolCommand } from "../systemPackages.ts";
import { driverProblem } from "./driverProblem.ts";
import { type Machine, machineProblem } from "./machine.ts";
import { bytesNeeded, engineParts, tensorflowVersion } from "./pinned.ts";

export interface Diagnosis {
  /** The machine, its driver and cards, and each build of TensorFlow. */
  readonly engines: readonly EngineFinding[];
  /** The programs that a build needs. */
  readonly tools: readonly EngineFinding[];
  /** The command, or step, that fixes the most important problem; absent without problems. */
  readonly fix?: string;
  readonly installable: readonly InstallableEngine[];
}

export interface ExaminedEngine {
  readonly engine: FoundEngine;
  readonly outcome: Probe | EngineError;
}

/** Input of the diagnosis. */
export interface Facts {
  readonly machine: Machine;
  readonly driver: Driver;
  readonly engines: readonly ExaminedEngine[];
  /** Version of each tool, or why it is missing. */
  readonly tools: Readonly<Record<Tool, string | EngineError>>;
  readonly packageManager?: PackageManager;
}

export function diagnose(facts: Facts): Diagnosis {
  const fix = fixOf(facts);
  return {
    engines: [
      ofMachine(facts.machine),
      ...ofDriver(facts.driver),
      ...facts.engines.map(ofEngine),
      ...(["cpu", "gpu"] as const)
        .filter((kind) => !facts.engines.some(({ engine }) => engine.kind === kind))
        .map(
          (kind): EngineFinding => ({
            name: `tensorflow-${kind}`,
            state: "missing",
            text: "not installed",
            fix: installCommand(undefined, kind),
          }),
        ),
    ],
    tools: (["compiler", "python", "npm"] as const).map((name) => ofTool(name, facts)),
    ...(fix && { fix }),
    installable: installable(facts),
  };
}

function ofMachine(machine: Machine): EngineFinding {
  const { platform, architecture, glibc } = machine;
  const problem = machineProblem(machine);
  const what = `${platform} ${architecture}${glibc ? `, glibc ${glibc}` : ""}`;
  return { name: "machine", text: what, state: "fine", ...(problem && broken(problem)) };
}

/** @returns state, text and fix of a finding */
function broken({ message, hint }: EngineError): Omit<EngineFinding, "name"> {
  return { state: "broken", text: message, ...(hint && { fix: hint }) };
}

function ofDriver(driver: Driver): EngineFinding[] {
  const problem = driverProblem(driver);
  const { version, found, cards } = driver;
  const state = problem ? (version ? "broken" : "missing") : "fine";
  return [
    {
      name: "driver",
      state,
      text: [version && `NVIDIA ${version}`, found.join(", "), problem?.message].filter(Boolean).join("; "),
      ...(problem && { fix: problem.hint }),
    },
    ...(cards.length === 0
      ? [{ name: "card", state: "missing", text: "no NVIDIA card is visible" } as const]
      : cards.map(({ index, name, memory, freeMemory, computeCapability }): EngineFinding => {
          const size = memory === undefined ? "" : `, ${memory} MiB`;
          const free = freeMemory === undefined ? "" : `, ${freeMemory} MiB free`;
          const capability = computeCapability ? `, compute capability ${computeCapability}` : "";
          return { name: `gpu:${index}`, state: "fine", text: `${name}${size}${free}${capability}` };
        })),
  ];
}

function ofEngine({ engine, outcome }: ExaminedEngine): EngineFinding {
  const name = `tensorflow-${engine.kind}`;
  if (outcome instanceof EngineError)
    return {
      name,
      state: "broken",
      text: `${outcome.message} (${engine.folder})`,
      fix: installCommand(engine, engine.kind),
    };
  const where = outcome.gpu ? `on the GPU${outcome.card ? ` ${outcome.card}` : ""}` : "on the CPU";
  const why = outcome.whyNoGpu ? `: ${outcome.whyNoGpu}` : "";
  return {
    name,
    state: outcome.whyNoGpu ? "broken" : "fine",
    text: `TensorFlow ${outcome.tensorflow} works ${where}${why} (${engine.folder})`,
  };
}

function ofTool(name: Tool, { tools, packageManager }: Facts): EngineFinding {
  const found = tools[name];
  if (!(found instanceof EngineError)) return { name, state: "fine", text: found };
  const fix = toolCommand([name], packageManager) ?? found.hint;
  return { name, state: "missing", text: found.message, fix };
}

/**
 * In order of dependency: a machine that cannot run TensorFlow needs nothing more; a card needs its driver; an engine
 * needs the tools that build it.
 */
function fixOf(facts: Facts): string | undefined {
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

function missingTools({ tools, packageManager }: Facts): string | undefined {
  const missing = missingOf(tools);
  const [first] = missing;
  if (first === undefined) return undefined;
  return toolCommand(missing, packageManager) ?? (tools[first] as EngineError).hint;
}

function missingOf(tools: Facts["tools"]): Tool[] {
  return (Object.keys(tools) as Tool[]).filter((tool) => tools[tool] instanceof EngineError);
}

/** @param broken the engine to fix, if there is one */
function installCommand(broken: FoundEngine | undefined, kind: EngineKind): string {
  if (broken?.source === "package") return `npm rebuild ${engineParts[kind].package}`;
  return `distill engine install tensorflow${kind === "gpu" ? " --gpu" : ""}`;
}

function installable({ machine, driver, engines, tools }: Facts): InstallableEngine[] {
  return (["cpu", "gpu"] as const).map((kind) => {
    const { archives } = engineParts[kind];
    const found = engines.find(({ engine }) => engine.kind === kind);
    const built = engines.find(({ engine }) => engine.kind === kind && engine.source === "folder");
    const state = found ? (found.outcome instanceof EngineError ? "broken" : "installed") : "missing";
    const problems = [
      machineProblem(machine),
      kind === "gpu" ? driverProblem(driver) : undefined,
      ...missingOf(tools).map((tool) => tools[tool] as EngineError),
    ];
    return {
      kind,
      tensorflow: tensorflowVersion,
      download: archives.reduce((sum, { size }) => sum + size, 0),
      installed: archives.reduce((sum, { unpacked }) => sum + unpacked, 0),
      needed: bytesNeeded(engineParts[kind]),
      state,
      ...(built && { folder: built.engine.folder }),
      files: archives.map(({ file }) => file),
      obstacles: problems.flatMap((problem) => (problem ? [problem.message] : [])),
    };
  });
}
