import type { Facts } from "../doctor.ts";
import { EngineError } from "../engineError.ts";
import { missingOf } from "../toolCommand.ts";
import { driverProblem } from "./driver.ts";
import { machineProblem } from "./machine.ts";
import { bytesNeeded, type EngineKind, engineParts, tensorflowVersion } from "./pinned.ts";

/** A build of the engine that `distill engine install` can make, and what this machine has to say about it. */
export interface Installable {
  readonly kind: EngineKind;
  readonly tensorflow: string;
  /** Bytes to fetch, bytes on the disk when it is installed, and bytes that installing takes for a while. */
  readonly download: number;
  readonly installed: number;
  readonly needed: number;
  readonly state: "installed" | "broken" | "missing";
  /** Where it was built; absent where it was not, though a package may bring it. */
  readonly folder?: string;
  /** Why it cannot be installed or would find no card, in sentences; the first comes first. */
  readonly obstacles: readonly string[];
  /** Names of the files that are fetched, for a machine without a network. */
  readonly files: readonly string[];
}

export function installable({ machine, driver, engines, tools }: Facts): Installable[] {
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
