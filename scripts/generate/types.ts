import { compile, type JSONSchema } from "json-schema-to-typescript";
import { definitionName, experimentSchema, resolved } from "../../server/language/schema/schema.ts";
import type { Schema } from "../../server/parameters/schema.ts";

/** TypeScript types of the experiment file. */
export const experimentTypes = (): Promise<string> => print(experimentSchema);

/** TypeScript types of an experiment with defaults filled in and shorthand expanded, named `Resolved…`. */
export const resolvedTypes = (): Promise<string> => print(filledIn(experimentSchema));

const print = (schema: Schema): Promise<string> =>
  compile(readable(schema) as JSONSchema, schema.title ?? "", {
    bannerComment: "// Generated from experiment.schema.json by scripts/generate.ts. Do not edit.",
    style: { printWidth: 110 },
  });

/**
 * Keys that a resolved experiment does not have: `$schema` has no effect, `temperature` and `alpha` are in `losses`,
 * and each run of a sweep is an experiment of its own.
 */
const shorthand = new Set(["$schema", "temperature", "alpha", "sweep", "seeds"]);

/** The schema of resolved experiments: keys with a default are required. */
function filledIn(root: Schema): Schema {
  const visit = (schema: Schema): Schema => ({
    ...schema,
    ...(schema.$ref && { $ref: schema.$ref.replace("definitions/", "definitions/Resolved") }),
    ...(schema.properties && { properties: visitAll(schema.properties), required: always(schema) }),
    ...(schema.items && { items: visit(schema.items) }),
    ...(schema.oneOf && { oneOf: schema.oneOf.map(visit) }),
    ...(typeof schema.additionalProperties === "object" && {
      additionalProperties: visit(schema.additionalProperties),
    }),
  });
  const visitAll = (schemas: Readonly<Record<string, Schema>>) =>
    Object.fromEntries(Object.entries(schemas).map(([key, schema]) => [key, visit(schema)]));
  const always = ({ properties = {}, required = [] }: Schema) =>
    Object.keys(properties).filter((key) => {
      const property = resolved(properties[key] as Schema);
      const hasDefault = property.default !== undefined && property.unless === undefined;
      return hasDefault || property.as !== undefined || required.includes(key);
    });

  const properties = Object.entries(root.properties ?? {}).filter(([key]) => !shorthand.has(key));
  const filled = visit({ ...root, title: "ResolvedExperiment", properties: Object.fromEntries(properties) });
  const definitions = visitAll(root.definitions ?? {});
  return {
    ...filled,
    required: [...(filled.required ?? []), "name", "losses"],
    definitions: Object.fromEntries(
      Object.entries(definitions).map(([name, schema]) => [`Resolved${name}`, schema]),
    ),
  };
}

/**
 * The same schema, arranged so that the types read well. A reference to something small (a number, a list of sizes) is
 * replaced by it, since an alias such as `Filters = number` says less; a reference with a description beside it keeps
 * both, which draft 7 would not allow.
 */
function readable(root: Schema): unknown {
  const isSmall = (name: string): boolean => {
    const definition = root.definitions?.[name];
    const parts = definition?.oneOf?.map((branch) => resolved(branch, root)) ?? [definition];
    return parts.every((part) => part?.type !== "object" && part?.oneOf === undefined);
  };
  const visit = (schema: Schema): unknown => {
    const name = definitionName(schema);
    if (name !== undefined && isSmall(name)) return visit(resolved(schema, root));
    const { $ref, properties, items, oneOf, definitions, minItems, maxItems, ...rest } = schema;
    const { additionalProperties } = schema;
    const beside = Object.keys(rest).length > 0;
    return {
      ...rest,
      ...($ref === undefined ? {} : beside ? { allOf: [{ $ref }] } : { $ref }),
      ...(properties && { properties: visitAll(properties) }),
      // Whatever a module declares is nothing to narrow a type by.
      ...(additionalProperties === true && { additionalProperties: false }),
      ...(typeof additionalProperties === "object" && { additionalProperties: visit(additionalProperties) }),
      ...(items && { items: visit(items) }),
      ...(oneOf && { oneOf: oneOf.map(visit) }),
      // The validator checks the number of items; tuples of up to that many would only be in the way.
      ...(minItems !== undefined && minItems === maxItems && items ? { minItems, maxItems } : {}),
      ...(definitions && {
        definitions: visitAll(
          Object.fromEntries(Object.entries(definitions).filter(([name]) => !isSmall(name))),
        ),
      }),
    };
  };
  const visitAll = (schemas: Readonly<Record<string, Schema>>) =>
    Object.fromEntries(Object.entries(schemas).map(([key, schema]) => [key, visit(schema)]));
  return visit(root);
}
