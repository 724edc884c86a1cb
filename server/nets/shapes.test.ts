import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { type LayerSpec, layerNames, layerShapes } from "./shapes.ts";

const image = [28, 28, 1];

test("follows shapes and counts weights", () => {
  const { layers, problems, outputShape, parameterCount } = layerShapes(
    [
      { type: "conv2d", filters: 8, kernelSize: 3 },
      { type: "maxPooling2d" },
      { type: "flatten" },
      { type: "dense", units: 10 },
    ],
    image,
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(
    layers.map((layer) => layer?.outputShape),
    [[26, 26, 8], [13, 13, 8], [1352], [10]],
  );
  assert.deepEqual(
    layers.map((layer) => layer?.parameterCount),
    [80, 0, 0, 13530],
  );
  assert.deepEqual(outputShape, [10]);
  assert.equal(parameterCount, 13610);
});

test("branches come together by name", () => {
  const { problems, outputShape } = layerShapes(
    [
      { type: "dense", name: "a", units: 4 },
      { type: "dense", name: "b", inputs: "input", units: 4 },
      { type: "concatenate", inputs: ["a", "b", "input"] },
    ],
    [3],
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(outputShape, [11]);
});

const check = (layers: readonly LayerSpec[], expected: Readonly<Record<string, unknown>>, shape = image) => {
  const { problems } = layerShapes(layers, shape);
  assert.equal(problems.length, 1, JSON.stringify(problems));
  const found = problems[0] as unknown as Record<string, unknown>;
  for (const [key, value] of Object.entries(expected)) {
    if (value instanceof RegExp) assert.match(String(found[key]), value);
    else assert.deepEqual(found[key], value, key);
  }
};

test("a layer that does not fit says what it expects and finds", () => {
  check([{ type: "flatten" }, { type: "conv2d", filters: 4, kernelSize: 3 }, { type: "dense", units: 2 }], {
    code: "layer-shape",
    layer: 1,
    name: "conv2d_1",
    message: "conv2d_1 expects an input of shape [height, width, channels], but finds [784].",
  });
  check(
    [{ type: "maxPooling2d", name: "pool", poolSize: 3 }],
    { message: /leaves nothing of its input \[2, 2, 1\]/ },
    [2, 2, 1],
  );
  check([{ type: "reshape", targetShape: [5, -1] }], { key: "targetShape", found: "[5, -1]" }, [4]);
});

test("arguments: missing, wrong, unknown", () => {
  check([{ type: "dense" }], {
    code: "layer-argument",
    message: 'A dense layer needs "units": an integer ≥ 1.',
  });
  check([{ type: "dense", units: 0 }], {
    code: "layer-argument",
    key: "units",
    expected: "an integer ≥ 1",
    found: "0",
  });
  check([{ type: "dropout", rate: 1 }], {
    code: "layer-argument",
    key: "rate",
    expected: "a number ≥ 0 and < 1",
  });
  check([{ type: "dense", units: 2, activaton: "relu" }], { code: "unknown-argument", key: "activaton" });
  check([{ type: "conv2d", filters: 2, kernelSize: [3, 3, 3] }], {
    code: "layer-argument",
    key: "kernelSize",
  });
  check([{ type: "convolution" }], { code: "unknown-layer", key: "type", found: "convolution" });
  // What a file nests deeper than the stack goes is not written out.
  let deep: unknown = 1;
  for (let depth = 0; depth < 100_000; depth++) deep = [deep];
  check([{ type: "dense", units: deep }], { code: "layer-argument", key: "units", found: "a list" });
});

test("references and names", () => {
  check([{ type: "dense", units: 2, inputs: "later" }], {
    code: "layer-reference",
    key: "inputs",
    found: "later",
    expected: "one of input",
  });
  check([{ type: "add" }], {
    code: "layer-reference",
    found: "1",
    message: 'An add layer takes two or more inputs, named by "inputs", but has 1.',
  });
  check([{ type: "dense", units: 2, inputs: ["input", "input"] }], {
    code: "layer-reference",
    expected: "one input",
  });
  check(
    [
      { type: "flatten", name: "a" },
      { type: "flatten", name: "a" },
    ],
    { code: "layer-name", layer: 1 },
  );
  check([{ type: "flatten", name: "input" }], { code: "layer-name", key: "name" });
  check([], { code: "no-layers" });
});

test("one mistake is one problem, not one for every layer behind it", () => {
  check([{ type: "dense", units: -1 }, { type: "dense", units: 2 }, { type: "flatten" }], { layer: 0 });
});

test("a layer that feeds nothing is a mistake", () => {
  check(
    [
      { type: "dense", name: "a", units: 2 },
      { type: "dense", name: "b", inputs: "input", units: 2 },
    ],
    {
      code: "layer-unused",
      layer: 0,
      message: '"a" feeds no other layer, and it is not the last one.',
    },
    [3],
  );
});

test("layers without a name are counted by type, past names that are taken", () => {
  assert.deepEqual(
    layerNames([
      { type: "dense" },
      { type: "dense", name: "dense_2" },
      { type: "dense" },
      { type: "flatten" },
    ]),
    ["dense_1", "dense_2", "dense_3", "flatten_1"],
  );
});

test("the shape rules load no tensor library", async () => {
  const seen = new Set<string>();
  const follow = async (url: URL) => {
    if (seen.has(url.href)) return;
    seen.add(url.href);
    const text = await readFile(url, "utf8");
    for (const [, from] of text.matchAll(/^import (?!type )[^;]*?from "(.+?)"/gm)) {
      assert.match(from as string, /^\./, `${url.pathname} imports ${from}`);
      await follow(new URL(from as string, url));
    }
  };
  await follow(new URL("./shapes.ts", import.meta.url));
  await follow(new URL("./presets/presets.ts", import.meta.url));
  assert.ok(seen.size > 5);
});
