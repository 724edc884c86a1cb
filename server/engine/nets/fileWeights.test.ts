import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import type { LayerSpec } from "../../nets/shapes.ts";
import { readFileWeights } from "./fileWeights.ts";
import { buildNet } from "./net.ts";

/** test/fixtures/weights/generate.py */
const fixture = (name: string) => new URL(`../../../test/fixtures/weights/${name}`, import.meta.url);

interface Tensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** What is told of each. */
const nets: Readonly<Record<string, readonly RegExp[]>> = {
  cnn: [],
  transformer: [/The weights of multiHeadAttention_1, multiHeadAttention_2, dense_1, .* were told apart/],
  recurrent: [],
  sequence: [],
  strided: [],
  upwards: [],
};

for (const [name, remarks] of Object.entries(nets))
  test(`the weights of ${name} give PyTorch's outputs`, async () => {
    const { layers, x, logits } = JSON.parse(await readFile(fixture(`${name}.json`), "utf8")) as {
      readonly layers: readonly LayerSpec[];
      readonly x: Tensor;
      readonly logits: Tensor;
    };
    const net = buildNet(layers, x.shape.slice(1));
    assert.ok(!("problems" in net), JSON.stringify(net));
    const path = fileURLToPath(fixture(`${name}.safetensors`));
    const read = await readFileWeights(path, net.form.layers, {});
    assert.ok(!("problem" in read), JSON.stringify(read));
    assert.deepEqual(Object.keys(read.weights).toSorted(), Object.keys(net.parameters).toSorted());
    for (const [i, remark] of remarks.entries()) assert.match(read.remarks[i]?.message ?? "", remark);
    assert.equal(read.remarks.length, remarks.length, JSON.stringify(read.remarks));
    const weights = Object.fromEntries(
      Object.entries(read.weights).map(([name, values]) => [
        name,
        tf.tensor(values, [...(net.parameters[name]?.shape ?? [])]),
      ]),
    );
    const given = net.apply(weights, tf.tensor([...x.data], [...x.shape]), { training: false }).logits;
    for (const [i, value] of given.dataSync().entries())
      assert.ok(Math.abs(value - (logits.data[i] as number)) < 1e-5, `${value}, not ${logits.data[i]}`);
  });

test("a convolution in steps that pads other edges than PyTorch's is told of, where it does", async () => {
  const { layers } = JSON.parse(await readFile(fixture("strided.json"), "utf8")) as {
    readonly layers: readonly LayerSpec[];
  };
  const padded = layers.flatMap((layer): LayerSpec[] =>
    layer.type === "zeroPadding2d" ? [] : "strides" in layer ? [{ ...layer, padding: "same" }] : [layer],
  );
  const remarksOf = async (size: number) => {
    const net = buildNet(padded, [size, size, 2]);
    assert.ok(!("problems" in net), JSON.stringify(net));
    const read = await readFileWeights(fileURLToPath(fixture("strided.safetensors")), net.form.layers, {});
    assert.ok(!("problem" in read), JSON.stringify(read));
    return read.remarks.map(({ message }) => message.split(": ")[1]?.split(",")[0]);
  };
  const told = (names: string) => [`PyTorch pads all edges of the images of ${names}`];
  assert.deepEqual(await remarksOf(8), told("conv2d_1 and depthwiseConv2d_1"));
  assert.deepEqual(await remarksOf(9), []);
  assert.deepEqual(await remarksOf(7), told("depthwiseConv2d_1"));
});
