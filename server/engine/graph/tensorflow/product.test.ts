import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { numbers, type TestTensor } from "../../../../test/support/againstEager.ts";
import { loadEager } from "../../../../test/support/eager.ts";
import { tensorflowForTests } from "../../../../test/support/tensorflow.ts";
import { loadOnnxRuntime } from "../../native/onnxruntime.ts";
import type { NamedData, Precision, Program, Tensors } from "../../program.ts";
import { trace } from "../trace.ts";
import { lowerToTensorflow } from "./lowerForTensorflow.ts";

const load = await tensorflowForTests();
const skip = load ? false : "there is no TensorFlow engine";

type Inputs = Readonly<Record<string, TestTensor>>;

const programOf = (inputs: Inputs, precision: Precision, run: (inputs: Tensors) => Tensor): Program => ({
  state: {},
  entries: [
    { name: "multiply", inputs, precision, run: (_, given) => ({ state: {}, outputs: { y: run(given) } }) },
  ],
});

const bits = new DataView(new ArrayBuffer(4));

/** The nearest bfloat16, ties to even: the upper half of a float32. */
function rounded(value: number): number {
  bits.setFloat32(0, value);
  const word = bits.getUint32(0);
  bits.setUint32(0, (word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000);
  return bits.getFloat32(0);
}

const roundedAll = (inputs: Inputs): Inputs =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => [
      name,
      { ...tensor, data: Float32Array.from(tensor.data, rounded) },
    ]),
  );

const dataOf = (inputs: Inputs): NamedData =>
  Object.fromEntries(Object.entries(inputs).map(([name, { data }]) => [name, data]));

/** Operands rounded to bfloat16, sums in float32 or better, one rounding of the result. */
async function check(inputs: Inputs, run: (inputs: Tensors) => Tensor) {
  assert.ok(load);
  const given = roundedAll(inputs);
  const eager = await loadEager(programOf(given, "float32", run), {});
  const expected = (await eager.run("multiply", dataOf(given)))["y"] as Float32Array;
  const executor = await load(programOf(inputs, "bfloat16", run), {});
  const found = (await executor.run("multiply", dataOf(inputs)))["y"] as Float32Array;
  await executor.dispose();
  const largest = Math.max(...expected.map(Math.abs));
  for (const [i, value] of found.entries()) {
    assert.equal(value, rounded(value), `element ${i} is a bfloat16`);
    // Half a unit in the last of 8 digits, and what a sum in float32 loses.
    const allowed = 2 ** -8 * Math.abs(expected[i] as number) + 1e-5 * largest;
    assert.ok(
      Math.abs(value - (expected[i] as number)) <= allowed,
      `[${i}]: ${value}, expected ${expected[i]}`,
    );
  }
}

const image = numbers([2, 6, 6, 3], 1);

test("matrix products multiply in bfloat16 and add up in float32", { skip }, async () => {
  await check({ a: numbers([5, 300], 1), b: numbers([300, 4], 2) }, ({ a, b }) =>
    tf.matMul(a as Tensor, b as Tensor),
  );
  await check({ a: numbers([2, 3, 5, 7], 1), b: numbers([2, 3, 4, 7], 2) }, ({ a, b }) =>
    tf.matMul(a as Tensor, b as Tensor, false, true),
  );
});

test("convolutions and their gradients multiply in bfloat16", { skip }, async () => {
  const convolutions = {
    full: [
      numbers([3, 3, 3, 4], 2),
      (x: Tensor, w: Tensor) => tf.conv2d(x as Tensor4D, w as Tensor4D, 1, "same"),
    ],
    depthwise: [
      numbers([3, 3, 3, 2], 2),
      (x: Tensor, w: Tensor) => tf.depthwiseConv2d(x as Tensor4D, w as Tensor4D, 2, "same"),
    ],
  } as const;
  for (const [filter, run] of Object.values(convolutions)) {
    await check({ x: image, w: filter }, ({ x, w }) => run(x as Tensor, w as Tensor));
    const shape = tf.tidy(() => run(tf.zeros([...image.shape]), tf.zeros([...filter.shape])).shape);
    for (const by of [0, 1])
      await check({ x: image, w: filter, dy: numbers(shape, 3) }, ({ x, w, dy }) => {
        const gradients = tf.grads((x, w) => run(x, w))([x as Tensor, w as Tensor], dy as Tensor);
        return gradients[by] as Tensor;
      });
  }
});

test("only products are in bfloat16, and a tensor is rounded once", () => {
  const inputs = { x: numbers([4, 4], 1), w: numbers([4, 4], 2) };
  const run = ({ x, w }: Tensors) => {
    const y = tf.softmax(tf.matMul(x as Tensor, w as Tensor));
    return tf.add(tf.matMul(y, w as Tensor), tf.mean(x as Tensor));
  };
  const model = (precision: Precision) =>
    Buffer.from(lowerToTensorflow(trace(programOf(inputs, precision, run))).savedModel).toString("latin1");
  const count = (text: string, op: string) =>
    text.split(`\x12${String.fromCharCode(op.length)}${op}`).length - 1;
  assert.equal(count(model("float32"), "Cast"), 0);
  // x, w and the softmax on the way in, two products on the way out.
  assert.equal(count(model("bfloat16"), "Cast"), 5);
  assert.equal(count(model("bfloat16"), "MatMul"), 2);
});

test("engines without bfloat16 refuse a program that asks for it", async () => {
  const inputs = { x: numbers([2, 2]) };
  const program = programOf(inputs, "bfloat16", ({ x }) => tf.matMul(x as Tensor, x as Tensor));
  await assert.rejects(loadEager(program, {}), /multiply: eager does not multiply in bfloat16/);
  await assert.rejects(loadOnnxRuntime(program, {}), /multiply: onnxruntime does not multiply in bfloat16/);
});
