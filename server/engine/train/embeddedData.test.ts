import assert from "node:assert/strict";
import { test } from "node:test";
import { identityNormalize } from "../../data/normalize.ts";
import { hashed } from "../../data/samples.ts";
import type { LayerSpec } from "../../nets/shapes.ts";
import { buildNet } from "../nets/net.ts";
import { embeddedData } from "./embeddedData.ts";

function check(values: readonly number[], layers: readonly LayerSpec[], normalize = identityNormalize) {
  const samples = hashed({
    count: values.length / 2,
    shape: [2],
    classes: 2,
    labels: new Int32Array(values.length / 2),
    storage: Float32Array.from(values),
  });
  const net = buildNet(layers, [2]);
  if ("problems" in net) return assert.fail(JSON.stringify(net.problems));
  return embeddedData("student", net, { splits: [samples], normalize })?.problem.message;
}

const words: LayerSpec = { type: "embedding", name: "words", inputDim: 3, outputDim: 2 };

test("every number has a row", () => assert.equal(check([0, 1, 2, 0], [words]), undefined));

test("a number without a row is named, from whichever end it is missing", () => {
  for (const [bad, values] of [
    [3, [0, 1, 3, 0]],
    [-1, [0, 1, 2, -1]],
  ] as const)
    assert.equal(
      check(values, [words]),
      `student: the layer words takes integers from 0 to 2; the data has ${bad}.`,
    );
  assert.match(check([0, Number.NaN], [words]) ?? "", /the data has NaN/);
});

test("what counts is what the normalisation leaves, and what layers before it pass on", () => {
  assert.equal(check([0, 255], [words], { scale: 1 / 255, mean: [0], std: [1] }), undefined);
  assert.match(check([0, 9], [{ type: "reshape", targetShape: [2, 1] }, words]) ?? "", /the data has 9/);
  // What a layer computes is looked at when it is run.
  assert.equal(check([0, 9], [{ type: "rescaling", scale: 0.1 }, words]), undefined);
});
