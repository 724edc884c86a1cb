import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveParameter } from "../../server/parameters/parameter.ts";
import { kinds } from "./schema.ts";

for (const { name, entries } of kinds) {
  test(`${name}: defaults, examples and choices are what is accepted`, () => {
    for (const [type, { parameters }] of Object.entries(entries))
      for (const [key, parameter] of Object.entries(parameters)) {
        const { default: fallback, examples = [], enum: choices = [] } = parameter.schema;
        for (const value of [...(fallback === undefined ? [] : [fallback]), ...examples, ...choices])
          assert.ok(resolveParameter(parameter, value), `${type}.${key}: ${JSON.stringify(value)}`);
      }
  });
}
