import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import {
  biased,
  convolve,
  dense,
  flatten,
  normalise,
  type TestNet,
  trainsAsEager,
} from "../../../../../test/support/trainingNets.ts";
import { lowerBlocked } from "./lowerBlocked.ts";

const activations = {
  relu: tf.relu,
  tanh: tf.tanh,
  swish: (x: tf.Tensor) => tf.mul(x, tf.sigmoid(x)),
  none: (x: tf.Tensor) => x,
} as const;

const block = fc.record({
  filters: fc.constantFrom(7, 8, 10, 16, 24, 32),
  kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  strides: fc.constantFrom(1, 1, 2, 3),
  pad: fc.constantFrom("same" as const, "valid" as const),
  /** The strides of a depthwise convolution behind the other, if there is one. */
  depthwise: fc.constantFrom(0, 0, 1, 2),
  behind: fc.constantFrom("nothing", "bias", "norm"),
  residual: fc.boolean(),
  activation: fc.constantFrom(...(Object.keys(activations) as (keyof typeof activations)[])),
  pool: fc.constantFrom("none", "none", "max", "average"),
  poolSize: fc.integer({ min: 1, max: 3 }),
  poolStrides: fc.integer({ min: 1, max: 3 }),
});
type Block = typeof block extends fc.Arbitrary<infer B> ? B : never;

interface Size {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

const size = fc.record({
  height: fc.integer({ min: 5, max: 9 }),
  width: fc.integer({ min: 5, max: 9 }),
  channels: fc.constantFrom(1, 3, 12, 16, 20),
});

/** Undefined where the windows do not fit. */
function netOf(input: Size, blocks: readonly Block[], global: boolean): TestNet | undefined {
  const weights: Record<string, number[]> = {};
  const averages: Record<string, number[]> = {};
  let now = input;
  for (const [i, block] of blocks.entries()) {
    weights[`w${i}`] = [...block.kernel, now.channels, block.filters];
    if (block.behind === "bias") weights[`b${i}`] = [block.filters];
    if (block.behind === "norm") {
      for (const name of ["gamma", "beta"]) weights[`n${i}.${name}`] = [block.filters];
      for (const name of ["mean", "variance"]) averages[`n${i}.${name}`] = [block.filters];
    }
    if (block.depthwise > 0) weights[`d${i}`] = [...block.kernel, block.filters, 1];
    const convolved = [block.strides, block.depthwise].reduce(
      (size, strides) => (strides === 0 ? size : convolvedSize(size, { ...block, strides })),
      now,
    );
    now = block.pool === "none" ? convolved : pooled(convolved, block);
    if (now.height < 1 || now.width < 1) return undefined;
  }
  const features = global ? now.channels : now.height * now.width * now.channels;
  return {
    x: [input.height, input.width, input.channels],
    weights: { ...weights, "out.kernel": [features, 5], "out.bias": [5] },
    averages,
    logits(w, x, average) {
      let image: tf.Tensor = x;
      for (const [i, block] of blocks.entries()) {
        const before = image;
        image = convolve(image, w[`w${i}`], block);
        if (block.depthwise > 0)
          image = tf.depthwiseConv2d(
            image as tf.Tensor4D,
            w[`d${i}`] as tf.Tensor4D,
            block.depthwise,
            block.pad,
          );
        if (block.behind === "bias") image = biased(image, w[`b${i}`]);
        if (block.behind === "norm") image = normalise(image, w, `n${i}`, average);
        if (block.residual && String(before.shape) === String(image.shape)) image = tf.add(before, image);
        image = activations[block.activation](image);
        const pool = block.pool === "max" ? tf.maxPool : tf.avgPool;
        if (block.pool !== "none")
          image = pool(image as tf.Tensor4D, block.poolSize, block.poolStrides, "valid");
      }
      return dense(global ? tf.mean(image, [1, 2]) : flatten(image), w, "out");
    },
  };
}

const extent = (input: number, window: number, stride: number, pad: string): number =>
  pad === "same" ? Math.ceil(input / stride) : Math.ceil((input - window + 1) / stride);

const convolvedSize = (
  { height, width }: Size,
  { kernel, strides, pad, filters }: Pick<Block, "kernel" | "strides" | "pad" | "filters">,
): Size => ({
  height: extent(height, kernel[0], strides, pad),
  width: extent(width, kernel[1], strides, pad),
  channels: filters,
});

const pooled = ({ height, width, channels }: Size, { poolSize, poolStrides }: Block): Size => ({
  height: extent(height, poolSize, poolStrides, "valid"),
  width: extent(width, poolSize, poolStrides, "valid"),
  channels,
});

const randomNet = fc
  .tuple(size, fc.array(block, { minLength: 1, maxLength: 3 }), fc.boolean())
  .map((parts) => netOf(...parts))
  .filter((net) => net !== undefined);

// ReLU at a number that rounding moves across zero and norms of a few equal numbers magnify what two engines differ by.
test("random small nets train as op by op", async () => {
  await fc.assert(
    fc.asyncProperty(randomNet, fc.constantFrom(3, 16, 18), (net, batch) =>
      trainsAsEager(net, { batch, threads: [2], lower: lowerBlocked, within: 1e-4 }),
    ),
    { seed: 20, numRuns: 30 },
  );
});
