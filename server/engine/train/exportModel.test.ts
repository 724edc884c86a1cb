import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { layers as kerasLayers } from "@tensorflow/tfjs-layers";
import { identityNormalize } from "../../data/normalize.ts";
import { layerTypes } from "../nets/layerTypes.ts";
import { unknownToTfjs } from "../nets/modelJson/kerasLayers.ts";
import { writeModelJson } from "../nets/modelJson.ts";
import { buildNet } from "../nets/net.ts";
import { presetLayers } from "../nets/presets/presets.ts";
import { exportModel } from "./exportModel.ts";

const folder = await mkdtemp(join(tmpdir(), "export-"));
after(() => rm(folder, { recursive: true, force: true }));

test("what TensorFlow.js does not have is known", () => {
  assert.deepEqual(
    Object.keys(layerTypes).filter((type) => !(type in kerasLayers)),
    [...unknownToTfjs],
  );
});

test("a vision transformer is exported as ONNX, and for TensorFlow.js the layer that it lacks is named", async () => {
  const net = buildNet(presetLayers({ preset: "vit", width: 8, depth: 1, heads: 2 }, 3), [8, 8, 1]);
  assert.ok(!("problems" in net), JSON.stringify(net));
  await writeModelJson(folder, net, net.initial(1));
  const request = {
    modelJson: join(folder, "model.json"),
    name: "vit",
    output: "logits",
    raw: true,
    normalize: identityNormalize,
  } as const;
  const refused = await exportModel({ ...request, format: "tfjs" });
  assert.ok("problem" in refused && typeof refused.problem === "object");
  assert.match(JSON.stringify(refused.problem), /no positionEmbedding layer.*--format onnx/);
  const files = await exportModel({ ...request, format: "onnx" });
  assert.ok("files" in files && files.files["model.onnx"] instanceof Uint8Array);
});
