import { resolve } from "node:path";
import { addOwnAugmentation } from "../data/augmentations/ownAugmentations.ts";
import { addOwnLoss } from "../engine/distill/losses/ownLosses.ts";
import { addOwnLayer } from "../nets/layers/ownLayers.ts";
import { addOwnStudent } from "../nets/ownStudents.ts";
import type { Problem } from "../problem.ts";
import { type LoadedModule, loadModule } from "./load.ts";
import { moduleProblem } from "./moduleProblem.ts";
import { namedModules } from "./namedModules.ts";

/** The modules of an experiment, by the path that names each. */
export type OpenedModules = Readonly<Record<string, LoadedModule>>;

/**
 * Runs the modules that an experiment, or a part of one, names and makes what they declare known to this process. Only for one that
 * trains, or that compares with what was trained.
 */
export async function openModules(
  experiment: object,
  baseDirectory: string,
): Promise<{ readonly modules: OpenedModules } | { readonly problem: Problem }> {
  const modules: Record<string, LoadedModule> = {};
  for (const { path, kind } of namedModules(experiment)) {
    const file = resolve(baseDirectory, path);
    const loaded = modules[path] ?? (await loadModule(file));
    if ("problem" in loaded) return loaded;
    const { definition } = loaded;
    if (definition.kind !== kind)
      return {
        problem: moduleProblem(
          "module-kind",
          { file },
          `it declares a ${definition.kind}; in its place stands a ${kind}.`,
        ),
      };
    makeKnown(path, loaded);
    modules[path] = loaded;
  }
  return { modules };
}

/** From now on this process knows by the path what the module declares. */
export function makeKnown(path: string, { definition, hash: version }: LoadedModule): void {
  switch (definition.kind) {
    case "loss":
      addOwnLoss(path, definition.loss);
      break;
    case "layer":
      addOwnLayer(path, { ...definition.layer, version });
      break;
    case "student":
      addOwnStudent(path, { ...definition.student, version });
      break;
    case "augmentation":
      addOwnAugmentation(path, { ...definition.augmentation, version });
      break;
  }
}

/** What a run is recorded to have used. */
export const hashesOf = (modules: OpenedModules): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(modules).map(([path, { hash }]) => [path, hash]));
