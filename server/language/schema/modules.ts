import type { Node } from "jsonc-parser";
import { kindName } from "../../parameters/kind.ts";
import type { ModuleKind, Schema } from "../../parameters/schema.ts";
import type { Knowledge } from "../facts.ts";
import { references } from "../references.ts";
import { experimentSchema, withOwnReferences } from "./schema.ts";

/** The kinds of the schema among which modules of a kind are chosen. */
export const choices: Readonly<Record<ModuleKind, string>> = {
  loss: "Loss",
  layer: "Layer",
  student: "Student",
  augmentation: "Augmentation",
};

/**
 * The schema of an experiment, with what the modules that it names declare, as far as that is known: each is one more variant of
 * what it is, beside those that are built in.
 */
export function withModules(root: Node | undefined, knowledge: Knowledge): Schema {
  const declared = new Map<string, Declared>();
  for (const reference of references(root)) {
    const { module } = reference;
    const found = module === undefined ? undefined : knowledge(reference)?.facts?.module;
    if (module !== undefined && found?.kind === module)
      declared.set(reference.path, { kind: module, schema: found.schema });
  }
  if (declared.size === 0) return experimentSchema;
  const key = JSON.stringify([...declared]);
  if (latest?.key !== key) latest = { key, schema: extended([...declared.values()]) };
  return latest.schema;
}

interface Declared {
  readonly kind: ModuleKind;
  readonly schema: Schema;
}

/** Cached: the schema is used many times between two changes of modules. */
let latest: { readonly key: string; readonly schema: Schema } | undefined;

function extended(declared: readonly Declared[]): Schema {
  const definitions = Object.entries(choices).map(([kind, name]) => {
    const union = experimentSchema.definitions?.[kindName({ name })] ?? {};
    const own = declared.filter((one) => one.kind === kind).map(({ schema }) => schema);
    return [name, { ...union, oneOf: [...own, ...(union.oneOf ?? [])] }] as const;
  });
  return withOwnReferences({
    ...experimentSchema,
    definitions: { ...experimentSchema.definitions, ...Object.fromEntries(definitions) },
  });
}
