import assert from "node:assert/strict";
import { test } from "node:test";
import { experimentSchema, resolved } from "../server/language/schema/schema.ts";
import type { Schema } from "../server/parameters/schema.ts";

interface Key {
  readonly where: string;
  readonly schema: Schema;
  readonly isRequired: boolean;
}

const keys: readonly Key[] = Object.entries({
  Experiment: experimentSchema,
  ...experimentSchema.definitions,
}).flatMap(([name, { properties = {}, required = [] }]) =>
  Object.entries(properties).map(([key, property]) => ({
    where: `${name}.${key}`,
    schema: resolved(property),
    isRequired: required.includes(key),
  })),
);

/** What a reader misses of a key, if anything. */
function missing({ schema, isRequired }: Key): string | undefined {
  const { description = "", default: fallback, as, examples, type, enum: values } = schema;
  if (!/.\.$/s.test(description)) return "a description in sentences";
  const isTold = fallback !== undefined || as !== undefined || /Absent: /.test(description);
  if (!isRequired && !isTold) return "what holds where it is absent";
  const isOpen = ["string", "number", "integer", "array"].includes(type ?? "") && values === undefined;
  return isOpen && schema.const === undefined && examples === undefined ? "an example" : undefined;
}

test("every key says what it is, what holds without it, and how it is written", () => {
  assert.ok(keys.length > 200);
  const lacks = keys.flatMap((key) => {
    const what = missing(key);
    return what === undefined ? [] : [`${key.where} lacks ${what}: ${key.schema.description}`];
  });
  assert.deepEqual(lacks, []);
});
