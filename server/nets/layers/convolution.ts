import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { defined, integer, type Parameter, varied } from "../../parameters/parameter.ts";
import { sizeOf } from "../../sizeOf.ts";
import { finish } from "./activate.ts";
import {
  activation,
  biasInitializer,
  heightAndWidth,
  type Initializer,
  initializer,
  length,
  useBias,
} from "./arguments.ts";
import { layer, type Ops, type ParameterSpec, type Shape } from "./layer.ts";
import { expectSpatial, padding, pair, type SpatialAxes, windowed } from "./window.ts";

const filters = defined(
  "Filters",
  integer("How many filters there are; each gives one channel of the output.", {
    minimum: 1,
    unit: "filters",
    examples: [32],
  }),
);

const kernelSize = defined(
  "KernelSize",
  heightAndWidth({ description: "Height and width of the window.", examples: [3] }),
);
const strides = defined(
  "Strides",
  heightAndWidth({ description: "Step of the window along each axis.", default: 1, examples: [1] }),
);
const dilationRate = defined(
  "DilationRate",
  heightAndWidth({
    description: "Distance between the values that the window reads.",
    default: 1,
    examples: [1],
  }),
);

const depthMultiplier = (description: string): Parameter<number> =>
  integer(description, { minimum: 1, default: 1, examples: [1] });

const convolved =
  (axes: SpatialAxes) =>
  (
    input: Shape,
    args: Parameters<typeof windowed>[1] & Filters & { readonly kernelInitializer: Initializer },
  ) =>
    expectSpatial(input, axes) ?? {
      output: [...windowed(input, args), args.filters],
      parameters: {
        kernel: kernel([...args.kernelSize, input.at(-1) as number, args.filters], args.kernelInitializer),
        ...bias(args.filters, args),
      },
    };

export const conv1d = layer({
  description: "Convolution along one axis: [steps, channels].",
  keras: { className: "Conv1D" },
  arguments: {
    filters,
    kernelSize: length({ description: "Length of the window.", examples: [3] }),
    strides: length({ description: "Step of the window.", default: 1, examples: [1] }),
    padding,
    dilationRate: length({
      description: "Distance between the values that the window reads.",
      default: 1,
      examples: [1],
    }),
    activation,
    useBias,
    kernelInitializer: initializer,
    biasInitializer,
  },
  shape: convolved(1),
  /** A sequence is an image of one column. */
  forward: ({ tf, x, weights, outputShape }, { strides, padding, dilationRate, activation }) => {
    const [batch, length, channels] = x.shape as [number, number, number];
    const given = weights["kernel"] as Tensor;
    const [width, , filters] = given.shape as [number, number, number];
    const kernel = dilate(tf, tf.reshape(given, [width, 1, channels, filters]) as Tensor4D, [
      dilationRate[0] as number,
      1,
    ]);
    const image = tf.reshape(x, [batch, length, 1, channels]) as Tensor4D;
    const output = tf.conv2d(image, kernel, [strides[0] as number, 1], padding);
    return finish(tf, tf.reshape(output, outputShape), weights, activation);
  },
});

export const conv2d = layer({
  description: "Convolution over an image: [height, width, channels].",
  keras: { className: "Conv2D" },
  arguments: {
    filters,
    kernelSize,
    strides,
    padding,
    dilationRate,
    activation,
    useBias,
    kernelInitializer: initializer,
    biasInitializer,
  },
  shape: convolved(2),
  forward: ({ tf, x, weights }, { strides, padding, dilationRate, activation }) => {
    const kernel = dilate(tf, weights["kernel"] as Tensor4D, dilationRate);
    return finish(tf, tf.conv2d(x as Tensor4D, kernel, pair(strides), padding), weights, activation);
  },
});

/** Spreads each input over a window, so that strides enlarge the image. */
export const conv2dTranspose = layer({
  description: "Transposed convolution: makes an image larger.",
  keras: { className: "Conv2DTranspose" },
  arguments: {
    filters,
    kernelSize,
    strides,
    padding,
    activation,
    useBias,
    kernelInitializer: initializer,
    biasInitializer,
  },
  shape: (input, args) => {
    const { filters, kernelSize, strides, padding: mode, kernelInitializer } = args;
    const extents = input.slice(0, 2).map((extent, axis) => {
      const stride = strides[axis] as number;
      const overlap = Math.max(0, (kernelSize[axis] as number) - stride);
      return extent * stride + (mode === "same" ? 0 : overlap);
    });
    return (
      expectSpatial(input, 2) ?? {
        output: [...extents, filters],
        parameters: {
          kernel: kernel([...kernelSize, filters, input[2] as number], kernelInitializer),
          ...bias(filters, args),
        },
      }
    );
  },
  forward: ({ tf, x, weights, outputShape }, { strides, padding, activation }) => {
    const shape = outputShape as unknown as [number, number, number, number];
    const kernel = weights["kernel"] as Tensor4D;
    const output = tf.conv2dTranspose(x as Tensor4D, kernel, shape, pair(strides), padding);
    return finish(tf, output, weights, activation);
  },
});

export const depthwiseConv2d = layer({
  description: "Separate convolution of each channel.",
  keras: { className: "DepthwiseConv2D" },
  arguments: {
    kernelSize,
    strides,
    padding,
    depthMultiplier: depthMultiplier("Channels of the output for each channel of the input."),
    activation,
    useBias,
    depthwiseInitializer: initializer,
    biasInitializer,
  },
  shape: (input, args) => {
    const channels = input[2] as number;
    return (
      expectSpatial(input, 2) ?? {
        output: [...windowed(input, args), channels * args.depthMultiplier],
        parameters: {
          depthwiseKernel: kernel(
            [...args.kernelSize, channels, args.depthMultiplier],
            args.depthwiseInitializer,
          ),
          ...bias(channels * args.depthMultiplier, args),
        },
      }
    );
  },
  forward: ({ tf, x, weights }, { strides, padding, activation }) => {
    const kernel = weights["depthwiseKernel"] as Tensor4D;
    return finish(tf, tf.depthwiseConv2d(x as Tensor4D, kernel, pair(strides), padding), weights, activation);
  },
});

export const separableConv2d = layer({
  description: "A depthwise convolution, then one over the channels.",
  keras: { className: "SeparableConv2D" },
  arguments: {
    filters,
    kernelSize,
    strides,
    padding,
    depthMultiplier: depthMultiplier("Channels between the two convolutions for each channel of the input."),
    activation,
    useBias,
    depthwiseInitializer: varied(initializer, {
      description: "How the initial weights of the first convolution are drawn.",
    }),
    pointwiseInitializer: varied(initializer, {
      description: "How the initial weights of the second convolution are drawn.",
    }),
    biasInitializer,
  },
  shape: (input, args) => {
    const channels = input[2] as number;
    return (
      expectSpatial(input, 2) ?? {
        output: [...windowed(input, args), args.filters],
        parameters: {
          depthwiseKernel: kernel(
            [...args.kernelSize, channels, args.depthMultiplier],
            args.depthwiseInitializer,
          ),
          pointwiseKernel: kernel(
            [1, 1, channels * args.depthMultiplier, args.filters],
            args.pointwiseInitializer,
          ),
          ...bias(args.filters, args),
        },
      }
    );
  },
  forward: ({ tf, x, weights }, { strides, padding, activation }) => {
    const [first, second] = [weights["depthwiseKernel"] as Tensor4D, weights["pointwiseKernel"] as Tensor4D];
    const depthwise = tf.depthwiseConv2d(x as Tensor4D, first, pair(strides), padding);
    return finish(tf, tf.conv2d(depthwise, second, 1, "valid"), weights, activation);
  },
});

interface Filters {
  readonly filters: number;
  readonly useBias: boolean;
  readonly biasInitializer: Initializer;
}

const kernel = (shape: Shape, initializer: Initializer): ParameterSpec => ({
  shape,
  role: "kernel",
  initializer,
});

const bias = (
  channels: number,
  { useBias, biasInitializer }: Omit<Filters, "filters">,
): Record<string, ParameterSpec> =>
  useBias ? { bias: { shape: [channels], role: "bias", initializer: biasInitializer } } : {};

/**
 * Puts zeros between the weights of a kernel [h, w, in, out], so that a plain convolution does what a dilated one would:
 * tfjs has no gradient of that.
 */
export function dilate(tf: Ops, kernel: Tensor4D, [rateY, rateX]: readonly number[]): Tensor4D {
  const stretched = stretch(tf, stretch(tf, kernel, 0, rateY as number), 1, rateX as number);
  return stretched as Tensor4D;
}

function stretch(tf: Ops, kernel: Tensor, axis: number, rate: number): Tensor {
  if (rate === 1) return kernel;
  const { shape } = kernel;
  const extent = shape[axis] as number;
  const after = shape.slice(axis + 1);
  const columns = tf.reshape(kernel, [...shape.slice(0, axis + 1), sizeOf(after)]);
  const rows = columns.rank;
  // [.., extent, rest] → [.., extent, rate · rest], each row followed by rate − 1 rows of zeros.
  const rest = columns.shape[rows - 1] as number;
  const padded = tf.pad(
    columns,
    columns.shape.map((_, i) => [0, i === rows - 1 ? rest * (rate - 1) : 0] as [number, number]),
  );
  const full = tf.reshape(padded, [...shape.slice(0, axis), extent * rate, ...after]);
  const size = full.shape.map((d, i) => (i === axis ? extent * rate - (rate - 1) : d));
  return tf.slice(
    full,
    size.map(() => 0),
    size,
  );
}
