import experiment from "../../../schemas/experiment.schema.json" with { type: "json" };
import type { Schema } from "../../parameters/schema.ts";

export const experimentSchema = experiment as unknown as Schema;

const prefix = "#/definitions/";

/** The referenced definition, with the keys beside the reference (a description, a default) on top. */
export function resolved(schema: Schema, root: Schema = experimentSchema): Schema {
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

export const definitionName = (schema: Schema): string | undefined => schema.$ref?.slice(prefix.length);

/** Keys are user input: `constructor` is not a property of the schema. */
export const propertySchema = ({ properties }: Schema, key: string): Schema | undefined =>
  properties && Object.hasOwn(properties, key) ? resolved(properties[key] as Schema) : undefined;
