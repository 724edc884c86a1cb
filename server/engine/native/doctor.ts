import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { chooseEngine, type InstalledEngine, type WebgpuAdapter } from "../choose.ts";
import { EngineError } from "./engineError.ts";
import { type Driver, driverProblem, readDriver } from "./tensorflow/driver.ts";
import { type FoundEngine, findEngines } from "./tensorflow/engines.ts";
import { enginesFolder } from "./tensorflow/folders.ts";
import { type Installable, installable } from "./tensorflow/installable.ts";
import { type Machine, machineProblem, readMachine } from "./tensorflow/machine.ts";
import { checkFiles, readManifest } from "./tensorflow/manifest.ts";
import { type Probe, probe } from "./tensorflow/probe.ts";
import { findCompiler, findNpm, findPython } from "./tensorflow/tools.ts";
import {
  installCommand,
  missingOf,
  type PackageManager,
  readPackageManager,
  type Tool,
  toolCommand,
} from "./toolCommand.ts";
import { findAdapter } from "./webgpu/adapter.ts";

export interface Finding {
  readonly name: string;
  readonly state: "fine" | "missing" | "broken";
  readonly text: string;
  /** The command, or step, that mends this alone; absent where nothing is to be mended or nothing mends it. */
  readonly mend?: string;
}

export interface Diagnosis {
  readonly findings: readonly Finding[];
  /** The one command, or step, that mends what stands in the way most; absent when nothing does. */
  readonly mend?: string;
  readonly installable: readonly Installable[];
  /** What a run trains with that leaves the choice to the engine, and why, in a sentence. */
  readonly choice: string;
}

export interface ExaminedEngine {
  readonly engine: FoundEngine;
  readonly outcome: Probe | EngineError;
}

/** All that the diagnosis looks at. */
export interface Facts {
  readonly machine: Machine;
  readonly driver: Driver;
  readonly engines: readonly ExaminedEngine[];
  /** What was found of a tool, or why it was not. */
  readonly tools: Readonly<Record<Tool, string | EngineError>>;
  readonly packageManager?: PackageManager;
  /** What the built-in engine finds for `"device": "webgpu"`, or why it finds nothing. */
  readonly webgpu: WebgpuAdapter | EngineError;
}

/** Looks at machine, driver, engines and tools. Every engine is tried in a process of its own. */
export async function examine(engines: string = enginesFolder(), signal?: AbortSignal): Promise<Facts> {
  const scratch = await mkdtemp(path.join(tmpdir(), "distill-doctor-"));
  try {
    const [machine, driver, found, compiler, python, npm, webgpu] = await Promise.all([
      readMachine(),
      readDriver(),
      findEngines(engines),
      tried(findCompiler(scratch, { signal }).then(({ version }) => version)),
      tried(findPython({ signal })),
      tried(findNpm({ signal })),
      tried(findAdapter({ signal })),
    ]);
    const examined = await Promise.all(
      found.map(async (engine) => ({ engine, outcome: await tried(examineEngine(engine, { signal })) })),
    );
    const packageManager = readPackageManager();
    return {
      machine,
      driver,
      engines: examined,
      tools: { compiler, python, npm },
      ...(packageManager && { packageManager }),
      webgpu,
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
        .map(
          (kind): Finding => ({
            name: `tensorflow-${kind}`,
            state: "missing",
            text: "not installed",
            mend: installCommand(undefined, kind),
          }),
        ),
      ofWebgpu(facts.webgpu),
      ...(["compiler", "python", "npm"] as const).map((name) => ofTool(name, facts)),
    ],
    ...(mend && { mend }),
    installable: installable(facts),
    choice: choiceOf(facts),
  };
}

/** The rule that a run's trainer follows, on what was found here. */
function choiceOf({ engines, driver: { cards } }: Facts): string {
  const installed = engines.map(({ engine: { kind, addon }, outcome }): InstalledEngine => {
    if (outcome instanceof EngineError) return { kind, addon, gpu: false, problem: outcome.message };
    const { gpu, whyNoGpu } = outcome;
    return { kind, addon, gpu, ...(whyNoGpu && { whyNoGpu }) };
  });
  const choice = chooseEngine({}, installed, { cards });
  return "problem" in choice ? choice.problem.message : choice.reason;
}

function ofMachine(machine: Machine): Finding {
  const { platform, architecture, glibc } = machine;
  const problem = machineProblem(machine);
  const what = `${platform} ${architecture}${glibc ? `, glibc ${glibc}` : ""}`;
  return { name: "machine", text: what, state: "fine", ...(problem && broken(problem)) };
}

/** @returns state, text and mend of a finding */
function broken({ message, hint }: EngineError): Omit<Finding, "name"> {
  return { state: "broken", text: message, ...(hint && { mend: hint }) };
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
      ...(problem && { mend: problem.hint }),
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
    return {
      name,
      state: "broken",
      text: `${outcome.message} (${engine.folder})`,
      mend: installCommand(engine, engine.kind),
    };
  const where = outcome.gpu ? `on the GPU${outcome.card ? ` ${outcome.card}` : ""}` : "on the CPU";
  const why = outcome.whyNoGpu ? `: ${outcome.whyNoGpu}` : "";
  return {
    name,
    state: outcome.whyNoGpu ? "broken" : "fine",
    text: `TensorFlow ${outcome.tensorflow} works ${where}${why} (${engine.folder})`,
  };
}

function ofTool(name: Tool, { tools, packageManager }: Facts): Finding {
  const found = tools[name];
  if (!(found instanceof EngineError)) return { name, state: "fine", text: found };
  const mend = toolCommand([name], packageManager) ?? found.hint;
  return { name, state: "missing", text: found.message, mend };
}

/** Nothing needs it, so that it is broken only where it is there and fails. */
export function ofWebgpu(found: Facts["webgpu"]): Finding {
  const name = "webgpu";
  if (!(found instanceof EngineError))
    return { name, state: "fine", text: `the built-in engine works on ${adapterWords(found)}` };
  const { code, message, hint } = found;
  if (code === "no-webgpu") return { name, state: "missing", text: message };
  const absent = code === "no-vulkan" || code === "no-adapter";
  return { name, state: absent ? "missing" : "broken", text: message, mend: hint };
}

/** "llvmpipe (LLVM 19.1.7, 256 bits), in software" */
export function adapterWords({
  name = "an adapter whose name is not known",
  software,
}: WebgpuAdapter): string {
  return `${name}${software ? ", in software" : ""}`;
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

function missingTools({ tools, packageManager }: Facts): string | undefined {
  const missing = missingOf(tools);
  const [first] = missing;
  if (first === undefined) return undefined;
  return toolCommand(missing, packageManager) ?? (tools[first] as EngineError).hint;
}
