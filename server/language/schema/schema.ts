import experiment from "../../../schemas/experiment.schema.json" with { type: "json" };
import type { Schema } from "../../parameters/schema.ts";

export const experimentSchema = experiment as unknown as Schema;

const prefix = "#/definitions/";

/** The referenced definition, with the keys beside the reference (a description, a default) on top. */
export function resolved(schema: Schema, root: Schema = owners.get(schema) ?? experimentSchema): Schema {
  if (schema.$ref === undefined) return schema;
  const known = resolutions.get(schema);
  if (known) return known;
  const name = schema.$ref.slice(prefix.length);
  const definition = root.definitions?.[name];
  if (!definition) throw new Error(`the schema has no ${schema.$ref}`);
  const { $ref: _, ...beside } = schema;
  const merged = { ...resolved(definition, root), ...beside };
  resolutions.set(schema, merged);
  return merged;
}

const resolutions = new WeakMap<Schema, Schema>();

/** Of a reference: the schema that it leads into, where that is not the experiment's own. */
const owners = new WeakMap<Schema, Schema>();

/** A copy whose references lead to the copy's definitions, not to the experiment's own. */
export function withOwnReferences(schema: Schema): Schema {
  const references: Schema[] = [];
  const copied = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(copied);
    if (typeof value !== "object" || value === null) return value;
    const copy = Object.fromEntries(Object.entries(value).map(([key, part]) => [key, copied(part)]));
    if ("$ref" in copy) references.push(copy);
    return copy;
  };
  const copy = copied(schema) as Schema;
  for (const reference of references) owners.set(reference, copy);
  return copy;
}

export const definitionName = (schema: Schema): string | undefined => schema.$ref?.slice(prefix.length);

/** Keys are user input: `constructor` is not a property of the schema. */
export const propertySchema = ({ properties }: Schema, key: string): Schema | undefined =>
  properties && Object.hasOwn(properties, key) ? resolved(properties[key] as Schema) : undefined;
