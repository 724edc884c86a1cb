import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { assertClose, numbers, type TestTensor } from "../../../../test/support/againstEager.ts";
import { loadEager } from "../../../../test/support/eager.ts";
import { webgpuForTests } from "../../../../test/support/webgpu.ts";
import type { Entry, NamedData, Tensors } from "../../program.ts";

/** Kernels on a device work on several channels at a time, and each number of them may be a case of its own. */
const counts = [1, 3, 4, 5, 6, 7, 8, 12, 16, 17] as const;

const load = await webgpuForTests({ deviceOnly: true });
const skip = load ? false : "there is no WebGPU device";

type Inputs = Readonly<Record<string, TestTensor>>;
type Run = (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.Tensor;

/** Asserts that a function and its gradients are the same on the device alone as op by op. */
async function check(inputs: Inputs, run: Run): Promise<void> {
  const entry: Entry = {
    name: "test",
    inputs,
    run: (_, tensors) => ({ state: {}, outputs: valueAndGradients(tensors, run) }),
  };
  const program = { state: {}, entries: [entry] };
  const feeds: NamedData = Object.fromEntries(Object.entries(inputs).map(([name, { data }]) => [name, data]));
  const eager = await loadEager(program, {});
  const expected = await eager.run("test", feeds);
  assert.ok(load);
  const device = await load(program, {});
  const found = await device.run("test", feeds);
  for (const [name, data] of Object.entries(expected))
    assertClose(found[name] as Float32Array, data, { tolerance: 5e-6, what: name });
  await device.dispose();
}

/** Outputs are weighted unevenly, so that an output in the wrong place shows in the gradients too. */
function valueAndGradients(tensors: Tensors, run: Run): Record<string, tf.Tensor> {
  const operands = [tensors["x"] as tf.Tensor4D, tensors["filter"] as tf.Tensor4D] as const;
  const value = run(...operands);
  const weights = tf.reshape(tf.cos(tf.range(0, value.size)), value.shape);
  const [x, filter] = tf.grads((x, filter) =>
    tf.add(
      tf.sum(tf.mul(run(x as tf.Tensor4D, filter as tf.Tensor4D), weights)),
      tf.mul(tf.sum(filter as tf.Tensor), 0),
    ),
  )([...operands]);
  return { value, "gradient of x": x as tf.Tensor, "gradient of the filter": filter as tf.Tensor };
}

for (const channels of counts) {
  test(`convolutions of ${channels} channels into any number, on the device`, { skip }, async () => {
    for (const outputs of counts) {
      const x = numbers([2, 4, 5, channels], channels);
      const filter = numbers([3, 2, channels, outputs], outputs + 50);
      await check({ x, filter }, (x, filter) => tf.conv2d(x, filter, 1, "same"));
    }
    const x = numbers([2, 5, 5, channels], channels);
    for (const outputs of [6, 8] as const) {
      await check({ x, filter: numbers([3, 3, channels, outputs], 7) }, (x, filter) =>
        tf.conv2d(x, filter, 2, "valid"),
      );
      await check({ x, filter: numbers([1, 1, channels, outputs], 8) }, (x, filter) =>
        tf.conv2d(x, filter, 1, "valid"),
      );
    }
  });

  test(`depthwise convolutions of ${channels} channels, on the device`, { skip }, async () => {
    for (const multiplier of [1, 2, 3])
      for (const strides of [1, 2])
        await check(
          { x: numbers([2, 5, 4, channels], channels), filter: numbers([3, 2, channels, multiplier], 9) },
          (x, filter) => tf.depthwiseConv2d(x, filter, strides, "same"),
        );
  });

  test(`pools, products and sums of ${channels} channels, on the device`, { skip }, async () => {
    const x = numbers([2, 4, 6, channels], channels);
    const filter = numbers([channels, 6], 3);
    const pools: readonly Run[] = [
      (x) => tf.maxPool(x, 2, 2, "valid"),
      (x) => tf.maxPool(x, 3, 2, "same"),
      (x) => tf.avgPool(x, 2, 2, "valid"),
      (x) => tf.avgPool(x, 3, 1, "same"),
      (x) => tf.mean(x, [1, 2]),
      (x) => tf.moments(x, [0, 1, 2]).variance,
      (x, weights) => tf.matMul(tf.reshape(x, [-1, channels]), weights as tf.Tensor as tf.Tensor2D),
      (x) => tf.logSoftmax(tf.reshape(x, [-1, channels])),
    ];
    for (const run of pools) await check({ x, filter }, run);
  });
}
