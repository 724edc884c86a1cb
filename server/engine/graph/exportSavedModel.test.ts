import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { assertClose, numbers } from "../../../test/support/againstEager.ts";
import {
  batchNets,
  built,
  cnn,
  depthwise,
  eagerLogits,
  type Layers,
  visionTransformer,
} from "../../../test/support/exportableNets.ts";
import { onTensorflow } from "../../../test/support/servedModel.ts";
import { targetForTests } from "../../../test/support/tensorflow.ts";
import type { NamedData } from "../program.ts";
import type { ExportableNet } from "./exportableNet.ts";
import { exportSavedModel } from "./exportSavedModel.ts";

const target = await targetForTests();

/** TensorFlow loads the model by its signature, and gives what the net does. */
async function check(
  context: TestContext,
  { net, weights = {}, layout }: { net: ExportableNet; weights?: NamedData; layout?: "nchw" },
) {
  if (!target) return;
  const folder = await mkdtemp(join(tmpdir(), "saved-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const { bytes, takesAnyBatch } = exportSavedModel(net, weights, { output: "scores", layout });
  assert.ok(takesAnyBatch);
  await writeFile(join(folder, "saved_model.pb"), bytes);
  const shape = shapeOf(net, layout);
  const batches = [1, 3].map((batch) => {
    const x = numbers([batch, ...net.inputShape]).data as Float32Array;
    const data = layout === undefined ? x : channelsFirst(x, net.inputShape);
    return { batch, x, fed: { shape: [batch, ...shape], data } };
  });
  const fed = batches.map((each) => each.fed);
  const given = await onTensorflow(target, { folder, output: "scores", fed });
  for (const [i, { batch, x }] of batches.entries()) {
    const expected = await eagerLogits(net, weights, x, batch);
    assertClose(given[i] as Float32Array, expected, { what: `batch ${batch}` });
  }
}

const shapeOf = ({ inputShape }: ExportableNet, layout: "nchw" | undefined) =>
  layout === "nchw" ? [inputShape[2] as number, ...inputShape.slice(0, 2)] : inputShape;

/** [batch, height, width, channels] as [batch, channels, height, width] */
function channelsFirst(x: Float32Array, [height, width, channels]: readonly number[]): Float32Array {
  const size = [(height as number) * (width as number), channels as number] as const;
  return Float32Array.from(x, (_, i) => {
    const [image, rest] = [Math.floor(i / (size[0] * size[1])), i % (size[0] * size[1])];
    return x[image * size[0] * size[1] + (rest % size[0]) * size[1] + Math.floor(rest / size[0])] as number;
  });
}

const nets: Readonly<Record<string, readonly [layers: Layers, shape: readonly number[]]>> = {
  "a convolutional one": [cnn, [6, 8, 2]],
  "a vision transformer": [visionTransformer, [6, 4, 2]],
  "depthwise convolutions and resizing": [depthwise, [6, 6, 2]],
};
for (const [what, [layers, shape]] of Object.entries(nets))
  test(`TensorFlow gives the logits of a SavedModel for every batch size: ${what}`, async (context) => {
    const { exportable: net, weights } = built(layers, shape);
    await check(context, { net, weights });
    await check(context, { net, weights, layout: "nchw" });
  });

for (const [what, net] of Object.entries(batchNets))
  test(`a constant with values for each sample is made for those that come in: ${what}`, (context) =>
    check(context, {
      net: { inputShape: [3], weights: {}, logits: (_, x) => net(x, x.shape[0] as number) },
    }));

test("a net that computes with the size of its batch is exported for one sample at a time", () => {
  const net: ExportableNet = {
    inputShape: [3],
    weights: {},
    logits: (_, x) => tf.mul(x, x.shape[0] as number),
  };
  assert.equal(exportSavedModel(net, {}, { output: "logits" }).takesAnyBatch, false);
});
