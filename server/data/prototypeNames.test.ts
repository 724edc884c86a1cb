import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { encodeNpy, encodeOnnx, filesIn } from "../../test/support/dataFiles.ts";
import { readModelJson } from "../engine/nets/modelJson.ts";
import { describeFile } from "./describe.ts";

/** What every object has without being given it: none is a type, an operator or a key that is known. */
const inherited = ["constructor", "toString", "valueOf", "hasOwnProperty", "__proto__"];

test("a name that every object has is unknown as an element type", async (t) => {
  const npy = Buffer.from(encodeNpy("<f4", [1], [1])).toString("latin1");
  for (const name of inherited) {
    // The header is padded with spaces, so that a longer type takes some of them.
    const grown = npy.replace("<f4", `<${name}`).replace(" ".repeat(name.length - 2), "");
    const folder = await filesIn(t, { x: Buffer.from(grown, "latin1") });
    const found = await describeFile(join(folder, "x"), { format: "npy" });
    assert.equal(found.kind === "problem" && found.problem.code, "unsupported-dtype", name);
  }
});

test("… as an operator of ONNX", async (t) => {
  const parametersWith = async (operator: string) => {
    const folder = await filesIn(t, { "m.onnx": encodeOnnx({ operator }) });
    const found = await describeFile(join(folder, "m.onnx"), { format: "onnx" });
    return found.kind === "model" ? found.parameters : found;
  };
  // 4 · 3 of the product, 3 of the sum and 3 of the node itself.
  for (const name of ["Unheard", ...inherited]) assert.equal(await parametersWith(name), 18, name);
});

test("a layer's name or class that is an object without a text is none", async (t) => {
  const none = JSON.parse('{ "__proto__": null, "toString": 1, "valueOf": 1 }') as object;
  const layers = [{ class_name: none, config: { name: none, batch_input_shape: [null, 2] } }];
  const model = { modelTopology: { class_name: "Sequential", config: { layers } }, weightsManifest: [] };
  const folder = await filesIn(t, { "model.json": Buffer.from(JSON.stringify(model)) });
  const found = await describeFile(join(folder, "model.json"), { format: "tfjs" });
  assert.ok(found.kind === "model" || found.kind === "problem", JSON.stringify(found));
});

test("… as a class, option, activation or weight type of a model.json", async (t) => {
  const folder = await filesIn(t, {});
  const path = join(folder, "model.json");
  const read = async (layer: object, weight: object = {}) => {
    const weights = [{ name: "dense/kernel", shape: [2, 2], dtype: "float32", ...weight }];
    const dense = { class_name: "Dense", ...layer };
    const config = {
      name: "dense",
      units: 2,
      use_bias: false,
      batch_input_shape: [null, 2],
      ...(layer as { config?: object }).config,
    };
    await writeFile(
      path,
      JSON.stringify({
        modelTopology: { class_name: "Sequential", config: { layers: [{ ...dense, config }] } },
        weightsManifest: [{ paths: ["w.bin"], weights }],
      }),
    );
    await writeFile(join(folder, "w.bin"), new Uint8Array(16));
    return readModelJson(path);
  };
  assert.ok(!("problem" in (await read({}))));
  for (const name of inherited) {
    const known = await read({ class_name: name });
    assert.equal("problem" in known && known.problem.code, "model-unsupported", name);
    assert.ok(!("problem" in (await read({ config: JSON.parse(`{"${name}": [3]}`) as object }))), name);
    const typed = await read({}, { dtype: name });
    assert.equal("problem" in typed && typed.problem.code, "model-weights", name);
    await read({ config: { activation: name } });
  }
});
