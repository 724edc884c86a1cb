import type { Tensor, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { dilate } from "../layers/convolution.ts";
import {
  asChannelsLast,
  broadcast,
  type Call,
  Misfit,
  numberOf,
  type Operand,
  type Operator,
  shapeOf,
} from "./operator.ts";
import { windowed, windowOf } from "./window.ts";

/** [..., m, k] × [..., k, n]; vectors are rows on the left and columns on the right. */
const matMul: Operator = {
  shape: (call) => {
    const [a, b] = [shapeOf(call, 0), shapeOf(call, 1)];
    if (a.length < 2 || b.length < 2) throw new Misfit("matrices", `[${a.join(", ")}] and [${b.join(", ")}]`);
    if (a.at(-1) !== b.at(-2)) throw mismatch(a, b);
    return {
      shape: [...broadcast([a.slice(0, -2), b.slice(0, -2)]), a.at(-2) as number, b.at(-1) as number],
      dtype: "float32",
    };
  },
  forward: (call) => {
    const { tf } = call;
    const [a, b] = [call.plain(0), call.plain(1)];
    if (b.rank > 2 || a.rank === 2) return tf.matMul(a, b);
    // One large product with a matrix, in place of one a sample.
    const rows = tf.reshape(a, [-1, a.shape.at(-1) as number]);
    return tf.reshape(tf.matMul(rows, b), [...(call.outputs[0] as Operand).shape]);
  },
  roles: ["kernel", "kernel"],
};

const mismatch = (a: readonly number[], b: readonly number[]) =>
  new Misfit("matrices that can be multiplied", `[${a.join(", ")}] and [${b.join(", ")}]`);

/** α · A′ · B′ + β · C */
const gemm: Operator = {
  shape: (call) => {
    const [a, b] = [shapeOf(call, 0), shapeOf(call, 1)];
    if (a.length !== 2 || b.length !== 2)
      throw new Misfit("matrices", `[${a.join(", ")}] and [${b.join(", ")}]`);
    const [m, k] = numberOf(call, "transA", 0) ? [a[1], a[0]] : a;
    const [l, n] = numberOf(call, "transB", 0) ? [b[1], b[0]] : b;
    if (k !== l) throw mismatch(a, b);
    return { shape: [m as number, n as number], dtype: "float32" };
  },
  forward: (call) => {
    const { tf } = call;
    const product = tf.matMul(
      call.plain(0),
      call.plain(1),
      numberOf(call, "transA", 0) !== 0,
      numberOf(call, "transB", 0) !== 0,
    );
    const times = (x: Tensor, factor: number) => (factor === 1 ? x : tf.mul(x, factor));
    const scaled = times(product, numberOf(call, "alpha", 1));
    return call.inputs[2] === undefined
      ? scaled
      : tf.add(scaled, times(call.plain(2), numberOf(call, "beta", 1)));
  },
  roles: ["kernel", "kernel", "bias"],
};

/** Images [batch, channels, height, width], and sequences [batch, channels, length] as images of one row. */
const conv: Operator = {
  shape: (call) => {
    const [input, kernel] = [shapeOf(call, 0), shapeOf(call, 1)];
    const groups = numberOf(call, "group", 1);
    if (input.length < 3 || input.length > 4 || kernel.length !== input.length)
      throw new Misfit(
        "an image or a sequence and its kernel",
        `[${input.join(", ")}] and [${kernel.join(", ")}]`,
      );
    if (!(groups >= 1) || (kernel[1] as number) * groups !== input[1] || (kernel[0] as number) % groups !== 0)
      throw new Misfit(
        `a kernel for ${input[1]} channels`,
        `[${kernel.join(", ")}]${groups === 1 ? "" : ` in ${groups} groups`}`,
      );
    const window = windowOf(call, kernel.slice(2));
    return {
      shape: [input[0] as number, kernel[0] as number, ...windowed(input.slice(2), window)],
      dtype: "float32",
    };
  },
  forward: (call) => {
    const { tf } = call;
    const input = shapeOf(call, 0);
    const isSequence = input.length === 3;
    const groups = numberOf(call, "group", 1);
    const window = windowOf(call, shapeOf(call, 1).slice(2));
    const widen = <T>(list: readonly T[], one: T): T[] => (isSequence ? [one, ...list] : [...list]);
    const given = call.channelsLast(0);
    const x = (isSequence ? tf.expandDims(given, 1) : given) as Tensor4D;
    const around = widen(window.pads, [0, 0]);
    const pad = around.flat().every((extent) => extent === 0)
      ? "valid"
      : ([[0, 0], ...around, [0, 0]] as [
          [number, number],
          [number, number],
          [number, number],
          [number, number],
        ]);
    const strides = widen(window.strides, 1) as [number, number];
    const rates = widen(window.dilations, 1);
    const kernel = tf.reshape(call.kernel(1), keptShape(call)) as Tensor4D;
    const convolve = (x: Tensor4D, kernel: Tensor4D) => tf.conv2d(x, dilate(tf, kernel, rates), strides, pad);
    let result: Tensor;
    if (groups === 1) result = convolve(x, kernel);
    else if (isDepthwise(call)) result = tf.depthwiseConv2d(x, dilate(tf, kernel, rates), strides, pad);
    else {
      const kernels = tf.split(kernel, groups, 3);
      result = tf.concat(
        tf.split(x, groups, 3).map((part, i) => convolve(part as Tensor4D, kernels[i] as Tensor4D)),
        3,
      );
    }
    const flat = isSequence ? (tf.squeeze(result, [1]) as Tensor3D) : result;
    return asChannelsLast(call.inputs[2] === undefined ? flat : tf.add(flat, call.plain(2)));
  },
  roles: [undefined, "kernel", "bias"],
};

/** Whether a convolution treats each channel by itself, which has a kernel of its own in tfjs. */
function isDepthwise(call: Call): boolean {
  const groups = numberOf(call, "group", 1);
  return groups > 1 && groups === shapeOf(call, 0)[1] && shapeOf(call, 1)[1] === 1;
}

/** From the order of the file, [out, in, height, width], to that of tfjs. */
export const kernelOrder = (rank: number): readonly number[] => (rank === 3 ? [2, 1, 0] : [2, 3, 1, 0]);

/** [height, width, in, out]; of a depthwise convolution [height, width, in, out / in]: its filters are sorted by channel. */
export function keptShape(call: Call): [number, number, number, number] {
  const kernel = shapeOf(call, 1);
  const [height = 1, width = 1, inner = 1, outer = 1] = [
    ...(kernel.length === 3 ? [1] : []),
    ...kernelOrder(kernel.length).map((axis) => kernel[axis] as number),
  ];
  const channels = shapeOf(call, 0)[1] as number;
  return isDepthwise(call) ? [height, width, channels, outer / channels] : [height, width, inner, outer];
}

export const linear = { MatMul: matMul, Gemm: gemm, Conv: conv } as const satisfies Readonly<
  Record<string, Operator>
>;
