import type { Schema } from "../../parameters/schema.ts";
import { expected, oneOf, quoted } from "../../parameters/words.ts";
import { resolved } from "./schema.ts";
import { branches, type Selector } from "./union.ts";

/** As {@link expected}, also for objects that a tag distinguishes: `an object with "type": "kd" or "ce"`. */
export function expectation(schema: Schema): string {
  if (!schema.oneOf) return expected(schema, resolved);
  const values = new Map<string, string[]>();
  const parts: string[] = [];
  for (const { schema: branch, selector } of branches(schema)) {
    if (selector.by === "type") parts.push(expectation(branch));
    else values.set(selector.key, [...(values.get(selector.key) ?? []), ...tagValues(selector)]);
  }
  const [[key, tags] = ["", []], ...others] = [...values];
  if (others.length > 0) parts.push(`an object with ${oneOf([...values.keys()].map(quoted))}`);
  else if (key !== "") parts.push(`an object with ${quoted(key)}: ${oneOf(tags.map(quoted))}`);
  return parts.join(" or ");
}

const tagValues = (selector: Selector): readonly string[] => (selector.by === "tag" ? selector.values : []);
