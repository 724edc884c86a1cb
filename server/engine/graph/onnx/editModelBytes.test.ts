import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openOnnxModel } from "../../native/onnxModel.ts";
import { editModelBytes } from "./editModelBytes.ts";
import { attributeType, decodeModel, encodeModel, type ModelProto } from "./onnxSchema.ts";

const folder = mkdtempSync(join(tmpdir(), "rewrite-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Two features, two classes, and a map of them: as old exporters write it, without a word of ONNX's own operators. */
const classifier = encodeModel({
  ir_version: 8,
  producer_name: "test",
  opset_import: [{ domain: "ai.onnx.ml", version: 1 }],
  metadata_props: [{ key: "kept", value: "as it is" }],
  graph: {
    name: "classifier",
    node: [
      {
        op_type: "LinearClassifier",
        domain: "ai.onnx.ml",
        name: "scores",
        input: ["x"],
        output: ["label", "scores"],
        attribute: [
          { name: "coefficients", type: attributeType.floats, floats: [1, 2, 3, 4] },
          { name: "intercepts", type: attributeType.floats, floats: [0, 0.5] },
          { name: "classlabels_ints", type: attributeType.ints, ints: [0, 1] },
        ],
      },
      {
        op_type: "ZipMap",
        domain: "ai.onnx.ml",
        name: "map",
        input: ["scores"],
        output: ["probabilities"],
        attribute: [{ name: "classlabels_int64s", type: attributeType.ints, ints: [0, 1] }],
      },
    ],
    initializer: [],
    input: [
      {
        name: "x",
        type: { tensor_type: { elem_type: 1, shape: { dim: [{ dim_param: "n" }, { dim_value: 2 }] } } },
      },
    ],
    output: [
      { name: "label", type: { tensor_type: { elem_type: 7, shape: { dim: [{ dim_param: "n" }] } } } },
      { name: "probabilities" },
    ],
  },
} as unknown as ModelProto);

async function scoresOf(
  bytes: Uint8Array,
  { bypassMaps = true, output = "probabilities", taps = [] as string[] } = {},
) {
  const path = join(folder, "model.onnx");
  writeFileSync(path, bytes);
  const model = await openOnnxModel(path, { bypassMaps, taps, threads: 1 });
  try {
    const names = model.outputs.map(({ name, type }) => `${name}: ${type}`);
    const [scores] = await model.run({ x: { shape: [1, 2], data: Float32Array.of(10, 1) } }, [output]);
    return { names, scores: Array.from(scores?.data ?? []) };
  } finally {
    await model.dispose();
  }
}

test("the scores come out where the map of them came out, without ONNX's operators asked for, too", async () => {
  const { names, scores } = await scoresOf(classifier);
  assert.deepEqual(names, ["label: int64", "probabilities: float32"]);
  assert.deepEqual(scores, [12, 34.5]);
});

test("maps are bypassed and tensors are made outputs at once", async () => {
  const { names, scores } = await scoresOf(classifier, { output: "scores", taps: ["scores"] });
  assert.deepEqual(names, ["label: int64", "probabilities: float32", "scores: float32"]);
  assert.deepEqual(scores, [12, 34.5]);
});

test("what is not rewritten stays as it is", () => {
  const before = decodeModel(classifier);
  const { opset_import, graph, ...rest } = decodeModel(editModelBytes(classifier, { bypassMaps: true }));
  const { opset_import: asked, graph: given, ...others } = before;
  assert.deepEqual(rest, others);
  assert.deepEqual(opset_import, [...asked, { domain: "", version: 13 }]);
  assert.deepEqual(graph.node[0], given.node[0]);
  assert.deepEqual(graph.input, given.input);
  assert.deepEqual(decodeModel(editModelBytes(classifier, {})), before);
});
