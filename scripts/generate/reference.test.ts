import assert from "node:assert/strict";
import { test } from "node:test";
import { experimentSchema } from "../../server/language/schema/schema.ts";
import { anchor, experimentReference } from "./reference.ts";

const page = experimentReference();
const titles = [...page.matchAll(/^#{2,} (.+)$/gm)].map(([, title]) => title as string);

test("every link leads to a heading, and no two headings are the same", () => {
  const anchors = titles.map(anchor);
  assert.equal(new Set(anchors).size, anchors.length);
  const targets = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, target]) => target as string);
  assert.ok(targets.length > 100);
  assert.deepEqual(
    targets.filter((target) => !anchors.includes(target)),
    [],
  );
});

test("every key and every variant is told", () => {
  const inLines = page.replaceAll(/^```.*?^```$/gms, "");
  const told = new Set([...inLines.matchAll(/`([^`]+)`/g)].map(([, word]) => word));
  for (const [name, { properties = {} }] of Object.entries(experimentSchema.definitions ?? {})) {
    for (const [key, { const: value }] of Object.entries(properties))
      assert.ok(
        told.has(value === undefined ? key : `"${key}": "${value}"`),
        `${name}.${key} ${value ?? ""}`,
      );
  }
});
