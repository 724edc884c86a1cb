import assert from "node:assert/strict";
import { test } from "node:test";
import { isKind, kindName } from "../../server/parameters/kind.ts";
import { resolveParameter } from "../../server/parameters/parameter.ts";
import { kinds } from "./schema.ts";

for (const kind of kinds) {
  const { entries } = kind;
  test(`${kindName(kind)}: defaults, examples and choices are what is accepted`, () => {
    for (const [type, entry] of Object.entries(entries))
      for (const [key, parameter] of isKind(entry) ? [] : Object.entries(entry.parameters)) {
        const { default: fallback, examples = [], enum: choices = [] } = parameter.schema;
        for (const value of [...(fallback === undefined ? [] : [fallback]), ...examples, ...choices])
          assert.ok(resolveParameter(parameter, value), `${type}.${key}: ${JSON.stringify(value)}`);
      }
  });
}
