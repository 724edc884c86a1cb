import type { Schema } from "../parameters/schema.ts";
import { resolved } from "./schema/schema.ts";

/**
 * A first value from the schema: its example or default, or an object with its required keys. Valid, except for paths of files
 * that do not exist.
 * @param stop marks the spans to edit; a snippet puts tab stops there
 */
export function skeleton(schema: Schema, stop: (text: string) => string = (text) => text): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.type === "object" && !isMap(schema)) return objectSkeleton(schema, stop);
  if (schema.oneOf && schema.examples === undefined && !isPlain(schema.default)) {
    return skeleton(resolved(schema.oneOf[0] ?? {}), stop);
  }
  // A switch is written to change its default.
  if (schema.type === "boolean") return stop(String(schema.default !== true));
  const example = schema.examples?.[0] ?? schema.default ?? schema.enum?.[0];
  if (example !== undefined) return marked(example, stop);
  switch (schema.type) {
    case "array":
      return `[${stop("")}]`;
    case "string":
      return `"${stop("")}"`;
    default:
      return stop("0");
  }
}

/** Its keys are the user's own; only the example shows their form. */
const isMap = ({ additionalProperties }: Schema): boolean => typeof additionalProperties === "object";

/** The properties that an object must have, in the schema's order. */
function objectSkeleton({ properties = {}, required = [] }: Schema, stop: (text: string) => string): string {
  const parts = Object.entries(properties)
    .filter(([key]) => required.includes(key))
    .map(([key, property]) => `${JSON.stringify(key)}: ${skeleton(resolved(property), stop)}`);
  return parts.length === 0 ? `{${stop("")}}` : `{ ${parts.join(", ")} }`;
}

const isPlain = (value: unknown): boolean => value !== undefined && typeof value !== "object";

/** JSON on one line, formatted by hand; the quotes of a string are outside of its span. */
function marked(value: unknown, stop: (text: string) => string): string {
  if (typeof value === "string") return `"${stop(JSON.stringify(value).slice(1, -1))}"`;
  return typeof value === "object" ? oneLine(value, stop) : stop(JSON.stringify(value));
}

export function oneLine(value: unknown, stop: (text: string) => string = (text) => text): string {
  if (Array.isArray(value)) return `[${value.map((item) => marked(item, stop)).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const parts = Object.entries(value).map(([key, item]) => {
    const isTag = key === "type" || key === "preset";
    return `${JSON.stringify(key)}: ${isTag ? JSON.stringify(item) : marked(item, stop)}`;
  });
  return parts.length === 0 ? "{}" : `{ ${parts.join(", ")} }`;
}
