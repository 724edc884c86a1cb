import type { Schema } from "./schema.ts";

/**
 * What a value may be, in the words of an error message: "an integer ≥ 1", "one of valid, same".
 * @param resolved follows a reference, where the schema may have some
 */
export function expected(schema: Schema, resolved: (schema: Schema) => Schema = (inner) => inner): string {
  if (schema.oneOf) return schema.oneOf.map((branch) => expected(resolved(branch), resolved)).join(" or ");
  if (schema.const !== undefined) return quoted(schema.const);
  if (schema.enum)
    return schema.enum.length === 1
      ? JSON.stringify(schema.enum[0])
      : oneOf(schema.enum.map((value) => JSON.stringify(value)));
  switch (schema.type) {
    case "number":
    case "integer":
      return `${schema.type === "integer" ? "an integer" : "a number"}${range(schema)}`;
    case "boolean":
      return "true or false";
    case "string":
      return schema.path
        ? `the path of a ${schema.path.length === 0 ? "folder" : "file"}, in quotes`
        : "a text in quotes";
    case "array":
      return listExpected(schema, schema.items && resolved(schema.items));
    default:
      return schema.required?.length
        ? `an object with ${schema.required.map(quoted).join(", ")}`
        : "an object in braces";
  }
}

/** " ≥ 1", " > 0 and ≤ 1", or nothing where every number is allowed. */
function range({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: Schema): string {
  const bounds = [
    exclusiveMinimum === undefined ? undefined : `> ${exclusiveMinimum}`,
    minimum === undefined ? undefined : `≥ ${minimum}`,
    exclusiveMaximum === undefined ? undefined : `< ${exclusiveMaximum}`,
    maximum === undefined ? undefined : `≤ ${maximum}`,
  ].filter((bound) => bound !== undefined);
  return bounds.length === 0 ? "" : ` ${bounds.join(" and ")}`;
}

/** A value that was found, in the words of an error message: "3", "[2,3]", "a list". Long and nested ones are not written out. */
export function found(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "nothing";
  if (!Array.isArray(value)) return "an object";
  const isShort = value.length <= 8 && value.every((item) => typeof item !== "object" || item === null);
  return isShort ? JSON.stringify(value) : "a list";
}

export const quoted = (text: string): string => JSON.stringify(text);

/** "a", "a or b", "one of a, b, c". */
export function oneOf(parts: readonly string[]): string {
  return parts.length <= 2 ? parts.join(" or ") : `one of ${parts.join(", ")}`;
}

function listExpected({ minItems, maxItems }: Schema, item: Schema | undefined): string {
  const what = item?.type === "integer" ? "integers" : item?.type === "number" ? "numbers" : undefined;
  const count = minItems !== undefined && minItems === maxItems ? `${minItems} ` : "";
  return what || count ? `a list of ${count}${what ?? "values"}` : "a list in brackets";
}
