import assert from "node:assert/strict";
import { test } from "node:test";
import { initializers } from "../../nets/layers/arguments.ts";
import type { ParameterSpec } from "../../nets/layers/layer.ts";
import { initialValues } from "./initial.ts";

const spec = (initializer: ParameterSpec["initializer"], shape = [3, 3, 64, 128]): ParameterSpec => ({
  shape,
  role: "kernel",
  initializer,
});

/** Standard deviation that each initializer means, for fans in and out. */
const deviation: Readonly<Record<string, (fanIn: number, fanOut: number) => number>> = {
  glorotUniform: (i, o) => Math.sqrt(2 / (i + o)),
  glorotNormal: (i, o) => Math.sqrt(2 / (i + o)),
  heUniform: (i) => Math.sqrt(2 / i),
  heNormal: (i) => Math.sqrt(2 / i),
  leCunUniform: (i) => Math.sqrt(1 / i),
  leCunNormal: (i) => Math.sqrt(1 / i),
  zeros: () => 0,
  ones: () => 0,
  randomNormal: () => 0.05,
  randomUniform: () => 0.05 / Math.sqrt(3),
};

for (const initializer of initializers) {
  test(`${initializer}: mean and deviation`, () => {
    const values = initialValues(spec(initializer), 1, "weights.a");
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    const found = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
    const expected = (deviation[initializer] as (i: number, o: number) => number)(9 * 64, 9 * 128);
    // 73,728 values: the deviation's own standard error is 0.3 %.
    assert.ok(Math.abs(found - expected) <= 0.02 * expected, `${found} and ${expected}`);
    assert.ok(Math.abs(mean - (initializer === "ones" ? 1 : 0)) <= 0.02 * expected);
  });
}

test("the same seed and use give the same values; other ones do not", () => {
  const values = initialValues(spec("heNormal", [4, 5]), 1, "weights.a");
  assert.deepEqual(initialValues(spec("heNormal", [4, 5]), 1, "weights.a"), values);
  assert.notDeepEqual(initialValues(spec("heNormal", [4, 5]), 2, "weights.a"), values);
  assert.notDeepEqual(initialValues(spec("heNormal", [4, 5]), 1, "weights.b"), values);
});
