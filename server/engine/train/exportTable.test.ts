import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../../../test/support/dataFiles.ts";
import { writeModelJson } from "../nets/modelJson.ts";
import { buildNet } from "../nets/net.ts";
import { exportModel } from "./exportModel.ts";

test("a model of a table puts the median where a number is missing, and says what its inputs are", async (t) => {
  const folder = await temporaryDirectory(t);
  const net = buildNet([{ type: "dense", units: 2 }], [4]);
  assert.ok(!("problems" in net));
  await writeModelJson(folder, net, net.initial(3));
  const model = await exportModel({
    model: join(folder, "model.json"),
    format: "onnx",
    name: "people",
    output: "logits",
    raw: false,
    normalize: { scale: 1, mean: [1, 0, 0, 0], std: [2, 1, 1, 1] },
    samples: {
      shape: [4],
      dtype: "float32",
      range: [0, 50],
      classes: 2,
      columns: [
        { name: "age", as: "number", fill: [37] },
        { name: "work", as: "category", values: ["a", "b"], fill: [0, 0], own: true },
      ],
    },
  });
  assert.ok("files" in model, JSON.stringify(model));
  const { "model.onnx": onnx, "columns.json": columns } = model.files;
  assert.deepEqual(
    JSON.parse(String(columns)).columns.map(({ features }: { features: string[] }) => features),
    [["age"], ["work=a", "work=b", "work=?"]],
  );
  const file = join(folder, "people.onnx");
  await writeFile(file, onnx as Uint8Array);
  const { InferenceSession, Tensor } = await import("onnxruntime-node");
  const session = await InferenceSession.create(file);
  t.after(() => session.release());
  const answers = async (...rows: number[]) => {
    const input = new Tensor("float32", Float32Array.from(rows), [1, 4]);
    return (await session.run({ input }))["logits"]?.data;
  };
  assert.deepEqual(await answers(Number.NaN, 0, 1, 0), await answers(37, 0, 1, 0));
  assert.deepEqual(model.input.shape, ["batch", 4], "of any number of samples");
  assert.notDeepEqual(await answers(37, 0, 1, 0), await answers(38, 0, 1, 0));
});
