import type { Schema } from "../../parameters/schema.ts";
import { experimentSchema, resolved } from "./schema.ts";

/**
 * How one branch of a `oneOf` is distinguished from the others before validation: by the value of a tag
 * (`"type": "kd"`), by a tag that is the path of a module (`"type": "./focal.ts"`), by a key that only it requires (`layers`), or by
 * the JSON type of the value. With the branch chosen first,
 * errors are about that branch, and completion offers nothing of the others.
 */
export type Selector =
  | { readonly by: "tag"; readonly key: string; readonly values: readonly string[] }
  | { readonly by: "module"; readonly key: string; readonly pattern: string }
  | { readonly by: "key"; readonly key: string }
  | { readonly by: "type"; readonly type: NonNullable<Schema["type"]> };

export interface Branch {
  readonly schema: Schema;
  readonly selector: Selector;
}

/** The branches of a union; a nested union is one branch. Throws where two branches cannot be distinguished. */
export function branches(union: Schema, root?: Schema): readonly Branch[] {
  const known = cache.get(union);
  if (known) return known;
  const all = (union.oneOf ?? []).map((branch) => resolved(branch, root));
  const result = all.map((schema) => {
    const others = all.filter((other) => other !== schema);
    const selector = selectorOf(schema, others, root);
    if (!selector)
      throw new Error(`a branch of "${union.description}" cannot be distinguished from the others`);
    return { schema, selector };
  });
  cache.set(union, result);
  return result;
}

const cache = new WeakMap<Schema, readonly Branch[]>();

function selectorOf(schema: Schema, others: readonly Schema[], root?: Schema): Selector | undefined {
  const type = typeOf(schema, root);
  if (others.every((other) => typeOf(other, root) !== type)) return { by: "type", type };
  if (type !== "object") return undefined;
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    const { module, pattern } = resolved(property, root);
    if (module !== undefined && pattern !== undefined) return { by: "module", key, pattern };
  }
  for (const [key, values] of Object.entries(tags(schema, root))) {
    const shared = others.some((other) => tags(other, root)[key]?.some((value) => values.includes(value)));
    if (!shared) return { by: "tag", key, values };
  }
  const key = requiredKeys(schema, root).find((key) => !others.some((other) => hasKey(other, key, root)));
  return key === undefined ? undefined : { by: "key", key };
}

function typeOf(schema: Schema, root?: Schema): NonNullable<Schema["type"]> {
  return schema.type ?? typeOf(firstOf(schema, root), root);
}

/** The variant of a definition that `type` selects. */
export const variantOf = (
  definition: string,
  type: string,
  schema: Schema = experimentSchema,
): Schema | undefined =>
  branches(schema.definitions?.[definition] ?? {}).find(
    ({ selector }) => selector.by === "tag" && selector.values.includes(type),
  )?.schema;

/** The properties with one allowed value, and those values over all branches. */
function tags(schema: Schema, root?: Schema): Record<string, string[]> {
  if (schema.oneOf) {
    const [first, ...others] = schema.oneOf.map((branch) => tags(resolved(branch, root), root));
    return Object.fromEntries(
      Object.entries(first ?? {})
        .filter(([key]) => others.every((other) => other[key]))
        .map(([key, values]) => [
          key,
          [...new Set([...values, ...others.flatMap((other) => other[key] ?? [])])],
        ]),
    );
  }
  return Object.fromEntries(
    Object.entries(schema.properties ?? {}).flatMap(([key, property]) => {
      const value = resolved(property, root).const;
      return value === undefined ? [] : [[key, [value]]];
    }),
  );
}

function requiredKeys(schema: Schema, root?: Schema): readonly string[] {
  if (!schema.oneOf) return schema.required ?? [];
  const [first, ...others] = schema.oneOf.map((branch) => requiredKeys(resolved(branch, root), root));
  return (first ?? []).filter((key) => others.every((other) => other.includes(key)));
}

function hasKey(schema: Schema, key: string, root?: Schema): boolean {
  if (schema.oneOf) return schema.oneOf.some((branch) => hasKey(resolved(branch, root), key, root));
  return schema.properties?.[key] !== undefined;
}

function firstOf(schema: Schema, root?: Schema): Schema {
  const first = schema.oneOf?.[0];
  if (!first) throw new Error(`a schema without a type: "${schema.description}"`);
  return resolved(first, root);
}
