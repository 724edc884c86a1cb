import { resolved, type Schema } from "./schema.ts";
import { branches, type Selector } from "./union.ts";

/** What the schema accepts, in the words of an error message: "an integer ≥ 1", "one of valid, same". */
export function expectation(schema: Schema): string {
  if (schema.oneOf) return unionExpectation(schema);
  if (schema.const !== undefined) return quoted(schema.const);
  if (schema.enum)
    return schema.enum.length === 1 ? quoted(schema.enum[0] ?? "") : oneOf(schema.enum.map(quoted));
  switch (schema.type) {
    case "number":
    case "integer":
      return `${schema.type === "integer" ? "an integer" : "a number"}${range(schema)}`;
    case "boolean":
      return "true or false";
    case "string":
      return schema.path ? "the path of a file, in quotes" : "a text in quotes";
    case "array":
      return listExpectation(schema);
    default:
      return schema.required?.length
        ? `an object with ${schema.required.map(quoted).join(", ")}`
        : "an object in braces";
  }
}

/** " ≥ 1", " > 0 and ≤ 1", or nothing where every number is allowed. */
export function range({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: Schema): string {
  const bounds = [
    exclusiveMinimum === undefined ? undefined : `> ${exclusiveMinimum}`,
    minimum === undefined ? undefined : `≥ ${minimum}`,
    exclusiveMaximum === undefined ? undefined : `< ${exclusiveMaximum}`,
    maximum === undefined ? undefined : `≤ ${maximum}`,
  ].filter((bound) => bound !== undefined);
  return bounds.length === 0 ? "" : ` ${bounds.join(" and ")}`;
}

export const quoted = (text: string): string => JSON.stringify(text);

/** "a", "a or b", "one of a, b, c". */
export function oneOf(parts: readonly string[]): string {
  return parts.length <= 2 ? parts.join(" or ") : `one of ${parts.join(", ")}`;
}

function listExpectation({ items, minItems, maxItems }: Schema): string {
  const item = items && resolved(items);
  const what = item?.type === "integer" ? "integers" : item?.type === "number" ? "numbers" : undefined;
  const count = minItems !== undefined && minItems === maxItems ? `${minItems} ` : "";
  return what || count ? `a list of ${count}${what ?? "values"}` : "a list in brackets";
}

function unionExpectation(union: Schema): string {
  const values = new Map<string, string[]>();
  const parts: string[] = [];
  for (const { schema, selector } of branches(union)) {
    if (selector.by === "type") parts.push(expectation(schema));
    else values.set(selector.key, [...(values.get(selector.key) ?? []), ...tagValues(selector)]);
  }
  const [[key, tags] = ["", []], ...others] = [...values];
  if (others.length > 0) parts.push(`an object with ${oneOf([...values.keys()].map(quoted))}`);
  else if (key !== "") parts.push(`an object with ${quoted(key)}: ${oneOf(tags.map(quoted))}`);
  return parts.join(" or ");
}

const tagValues = (selector: Selector): readonly string[] => (selector.by === "tag" ? selector.values : []);
