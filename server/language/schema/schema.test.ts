import assert from "node:assert/strict";
import { test } from "node:test";
import type { Schema } from "../../parameters/schema.ts";
import { experimentSchema, resolved } from "./schema.ts";
import { branches } from "./union.ts";

/** Every property and item of the schema, with a name to find it by. */
function* values(): Generator<readonly [name: string, schema: Schema]> {
  const objects = [
    ["experiment", experimentSchema],
    ...Object.entries(experimentSchema.definitions ?? {}),
  ] as const;
  for (const [owner, { properties = {}, items }] of objects) {
    for (const [key, property] of Object.entries(properties)) yield [`${owner}.${key}`, resolved(property)];
    if (items) yield [`${owner}[]`, resolved(items)];
  }
}

test("every key has a description, and an example where it has a value of its own", () => {
  for (const [name, schema] of values()) {
    assert.ok(schema.description?.match(/[.:")]$/), `${name} is not described by a sentence`);
    const needsNone =
      schema.type === "object" ||
      schema.type === "boolean" ||
      schema.const !== undefined ||
      name.endsWith("]");
    const hasObjects = schema.oneOf?.every((branch) => (resolved(branch).type ?? "object") === "object");
    if (!needsNone && !hasObjects && name !== "experiment.$schema") {
      assert.ok(schema.examples?.length, `${name} has no example`);
    }
  }
});

test("unknown keys are refused by every object", () => {
  for (const [name, schema] of Object.entries({
    experiment: experimentSchema,
    ...experimentSchema.definitions,
  })) {
    // The keys of a module are its own to declare, and those of a map a person's own.
    if (typeof schema.additionalProperties === "object") continue;
    const isModule = Object.values(schema.properties ?? {}).some(({ module }) => module !== undefined);
    if (schema.type === "object") assert.equal(schema.additionalProperties, isModule, name);
  }
});

test("the branches of every union can be told apart", () => {
  for (const schema of Object.values(experimentSchema.definitions ?? {})) {
    if (schema.oneOf) assert.ok(branches(schema).length > 1);
  }
});

test("what counts something says what it counts", () => {
  const counts = /(steps|epochs|pixels|samples|patience|every|warmup|take)$/i;
  for (const [name, schema] of values()) {
    if (schema.type === "integer" && counts.test(name)) assert.ok(schema.unit, `${name} has no unit`);
  }
});
