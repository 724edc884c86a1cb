import { isModulePath } from "../parameters/moduleName.ts";
import type { ModuleKind } from "../parameters/schema.ts";

export interface NamedModule {
  readonly path: string;
  readonly kind: ModuleKind;
}

/** By the key that what names a module stands at, or in the list at. */
const kinds: Readonly<Record<string, ModuleKind>> = {
  losses: "loss",
  layers: "layer",
  student: "student",
  augment: "augmentation",
};

/** The modules that a part of an experiment names, each once, in its order. */
export function namedModules(part: unknown): readonly NamedModule[] {
  const found = new Map<string, NamedModule>();
  collect(part, undefined, found);
  return [...found.values()];
}

function collect(value: unknown, key: string | undefined, found: Map<string, NamedModule>): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, key, found);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  const { type } = value as { readonly type?: unknown };
  const kind = key === undefined ? undefined : kinds[key];
  if (kind !== undefined && typeof type === "string" && isModulePath(type))
    found.set(`${kind} ${type}`, { path: type, kind });
  for (const [inner, part] of Object.entries(value)) collect(part, inner, found);
}
