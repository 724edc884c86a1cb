import { resolve } from "node:path";
import type { ResolvedExperiment } from "../../schemas/resolvedExperiment.gen.ts";
import { addOwnLoss } from "../engine/distill/losses/ownLosses.ts";
import { isModulePath } from "../parameters/moduleName.ts";
import type { Problem } from "../problem.ts";
import { type LoadedModule, loadModule } from "./load.ts";

/** The modules of an experiment, by the path that names each. */
export type OpenedModules = Readonly<Record<string, LoadedModule>>;

/**
 * Runs the modules that an experiment names and makes what they declare known to this process. Only for one that trains, or that
 * compares with what was trained.
 */
export async function openModules(
  { losses }: Pick<ResolvedExperiment, "losses">,
  baseDirectory: string,
): Promise<{ readonly modules: OpenedModules } | { readonly problem: Problem }> {
  const modules: Record<string, LoadedModule> = {};
  for (const path of new Set(losses.map(({ type }) => type).filter(isModulePath))) {
    const loaded = await loadModule(resolve(baseDirectory, path));
    if ("problem" in loaded) return loaded;
    addOwnLoss(path, loaded.definition.loss);
    modules[path] = loaded;
  }
  return { modules };
}

/** What a run is recorded to have used. */
export const hashesOf = (modules: OpenedModules): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(modules).map(([path, { hash }]) => [path, hash]));
