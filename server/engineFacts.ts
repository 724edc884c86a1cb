import type { Node } from "jsonc-parser";
import { machineMemory } from "./data/machineMemory.ts";
import type { EngineFacts, MachineFacts } from "./language/facts.ts";
import { nodeAt } from "./language/parse.ts";
import { references } from "./language/references.ts";

/** Whether an experiment's engine can be checked against this machine. */
export const namesEngine = (root: Node | undefined): boolean =>
  [["engine"], ["device"], ["training", "precision"]].some((path) => nodeAt(root, path) !== undefined) ||
  [...references(root)].some(({ kind }) => kind === "model-folder");

/** Finds installed engines, without trying them, and GPUs. */
export async function readEngineFacts(): Promise<EngineFacts> {
  const [{ findEngines }, { readDriver }] = await Promise.all([
    import("./installedEngines/tensorflow.ts"),
    import("./installedEngines/driver.ts"),
  ]);
  // Cached: GPUs do not change while a program runs, and the driver takes a moment to answer.
  cards ??= readDriver().then((driver) => driver.cards);
  const [found, [card]] = await Promise.all([findEngines(), cards]);
  return { tensorflow: [...new Set(found.map(({ kind }) => kind))], ...(card && { card: card.name }) };
}

export async function readMachineFacts(): Promise<MachineFacts> {
  const { findEngines } = await import("./installedEngines/tensorflow.ts");
  const engines = await findEngines();
  return { memory: machineMemory(), hasGpuEngine: engines.some(({ kind }) => kind === "gpu") };
}

let cards: Promise<readonly { readonly name: string }[]> | undefined;
