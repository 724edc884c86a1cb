import { activation, boolean, choice, initializer, integer, sizes } from "./arguments.ts";
import { expectRank, layer, type ParameterSpec, type Shape } from "./layer.ts";

const padding = choice(
  "`same` pads with zeros so that stride 1 keeps the size; `valid` does not pad.",
  ["valid", "same"],
  "valid",
);

const output = {
  activation: activation(),
  useBias: boolean("Adds a learned bias to each filter's output.", true),
  biasInitializer: initializer("Initial bias.", "zeros"),
};

const kernelArguments = {
  filters: integer("Number of output channels."),
  ...output,
  kernelInitializer: initializer("Initial weights.", "glorotNormal"),
};

const strided = (axes: number) => ({
  kernelSize: sizes("Size of the window.", axes),
  strides: sizes("Step of the window.", axes, { fallback: 1 }),
  padding,
});

const dilationRate = (axes: number) =>
  sizes("Distance between the inputs of neighbouring weights.", axes, { fallback: 1 });

const spatialAxes = ["", "[length, channels]", "[height, width, channels]"];

const convolution = (axes: 1 | 2, summary: string) =>
  layer(
    summary,
    { ...kernelArguments, ...strided(axes), dilationRate: dilationRate(axes) },
    (input, args) => {
      const mismatch = expectRank(input, axes + 1, spatialAxes[axes] as string);
      if (mismatch) return mismatch;
      const channels = input.at(-1) as number;
      const { filters, kernelSize, kernelInitializer } = args;
      return {
        output: [...windowed(input, args), filters],
        parameters: {
          kernel: {
            shape: [...kernelSize, channels, filters],
            role: "kernel",
            initializer: kernelInitializer,
          },
          ...bias(filters, args),
        },
      };
    },
  );

export const conv1d = convolution(1, "Slides learned filters along a sequence.");
export const conv2d = convolution(2, "Slides learned filters over an image.");

export const conv2dTranspose = layer(
  "The reverse of a convolution: spreads each input over a window, so that strides enlarge the image.",
  { ...kernelArguments, ...strided(2) },
  (input, args) => {
    const mismatch = expectRank(input, 3, "[height, width, channels]");
    if (mismatch) return mismatch;
    const { filters, kernelSize, strides, padding: mode, kernelInitializer } = args;
    const extents = input.slice(0, 2).map((extent, axis) => {
      const stride = strides[axis] as number;
      const overlap = Math.max(0, (kernelSize[axis] as number) - stride);
      return extent * stride + (mode === "same" ? 0 : overlap);
    });
    return {
      output: [...extents, filters],
      parameters: {
        kernel: {
          shape: [...kernelSize, filters, input[2] as number],
          role: "kernel",
          initializer: kernelInitializer,
        },
        ...bias(filters, args),
      },
    };
  },
);

export const depthwiseConv2d = layer(
  "Convolves each channel alone.",
  {
    ...output,
    ...strided(2),
    depthMultiplier: integer("Output channels for each input channel.", { fallback: 1 }),
    depthwiseInitializer: initializer("Initial weights.", "glorotNormal"),
  },
  (input, args) => {
    const mismatch = expectRank(input, 3, "[height, width, channels]");
    if (mismatch) return mismatch;
    const channels = (input[2] as number) * args.depthMultiplier;
    return {
      output: [...windowed(input, args), channels],
      parameters: {
        depthwiseKernel: {
          shape: [...args.kernelSize, input[2] as number, args.depthMultiplier],
          role: "kernel",
          initializer: args.depthwiseInitializer,
        },
        ...bias(channels, args),
      },
    };
  },
);

export const separableConv2d = layer(
  "Convolves each channel alone, then mixes the channels by a 1×1 convolution.",
  {
    filters: integer("Number of output channels."),
    ...output,
    ...strided(2),
    depthMultiplier: integer("Channels between the two steps, for each input channel.", { fallback: 1 }),
    depthwiseInitializer: initializer("Initial weights of the first step.", "glorotNormal"),
    pointwiseInitializer: initializer("Initial weights of the second step.", "glorotNormal"),
  },
  (input, args) => {
    const mismatch = expectRank(input, 3, "[height, width, channels]");
    if (mismatch) return mismatch;
    const channels = input[2] as number;
    return {
      output: [...windowed(input, args), args.filters],
      parameters: {
        depthwiseKernel: {
          shape: [...args.kernelSize, channels, args.depthMultiplier],
          role: "kernel",
          initializer: args.depthwiseInitializer,
        },
        pointwiseKernel: {
          shape: [1, 1, channels * args.depthMultiplier, args.filters],
          role: "kernel",
          initializer: args.pointwiseInitializer,
        },
        ...bias(args.filters, args),
      },
    };
  },
);

interface Window {
  readonly kernelSize: readonly number[];
  readonly strides: readonly number[];
  readonly padding: "valid" | "same";
  readonly dilationRate?: readonly number[];
}

/** Extents of the spatial axes after a window has moved over them. */
export const windowed = (
  input: Shape,
  { kernelSize, strides, padding: mode, dilationRate: dilation }: Window,
): Shape =>
  kernelSize.map((kernel, axis) => {
    const extent = input[axis] as number;
    const covered = kernel + (kernel - 1) * ((dilation?.[axis] ?? 1) - 1);
    const places = mode === "same" ? extent : extent - covered + 1;
    return Math.max(0, Math.ceil(places / (strides[axis] as number)));
  });

const bias = (
  channels: number,
  {
    useBias,
    biasInitializer,
  }: { readonly useBias: boolean; readonly biasInitializer: ParameterSpec["initializer"] },
): Record<string, ParameterSpec> =>
  useBias ? { bias: { shape: [channels], role: "bias", initializer: biasInitializer } } : {};
