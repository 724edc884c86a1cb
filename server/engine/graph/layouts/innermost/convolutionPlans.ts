import {
  convolve,
  type FilterMatrix,
  gatherGradient,
  scatterGradient,
} from "../../compositions/gatheredConvolution.ts";
import { convolveDepthwise, depthwiseGradient } from "../../compositions/gatheredDepthwise.ts";
import { chunksOf, columnsOf, type ImageRows, take } from "../../compositions/imageRows.ts";
import { input, type Operations, output } from "../../compositions/operations.ts";
import type { Value } from "../../graph.ts";
import { type Position, type Windows, windowsOf } from "../../slidingWindows.ts";
import { stored } from "./convertLayout.ts";
import { FILTER, image, type Layout } from "./layout.ts";
import { asImage, type Planner, readImage, tensorOf } from "./planner.ts";

/** Convolves an image at some positions. */
type Convolve = (
  ops: Operations,
  image: ImageRows,
  filter: FilterMatrix & { readonly outputs: readonly Position[] },
) => Value;

const convolution =
  (compose: Convolve): Planner =>
  (node, context) => {
    const windows = windowsOf(node);
    const [x, filter] = [input(node, "x"), input(node, "filter")];
    if (windows === undefined || x === filter) return undefined; // one value cannot be read in two layouts
    const parts = context.partsOf(output(node));
    return {
      reads: new Map<Value, Layout>([
        [x, asImage(context, x)],
        [filter, FILTER],
      ]),
      outputs: [image(parts)],
      emit(emission) {
        const [read, weights] = [readImage(emission, x), tensorOf(emission, filter)];
        const tensors = parts.map((outputs) =>
          compose(emission.ops, read, { filter: weights, windows, outputs }),
        );
        return [stored(image(parts), ...tensors)];
      },
    };
  };

const inputGradient =
  (
    compose: (
      ops: Operations,
      dy: ImageRows,
      filter: FilterMatrix & { readonly positions: readonly Position[] },
    ) => Value,
  ): Planner =>
  (node, context) => {
    const windows = windowsOf(node);
    const [dy, filter] = [input(node, "dy"), input(node, "filter")];
    if (windows === undefined || dy === filter) return undefined;
    const positions = context.partsOf(output(node)).flat();
    return {
      reads: new Map<Value, Layout>([
        [dy, asImage(context, dy)],
        [filter, FILTER],
      ]),
      outputs: [image([positions])],
      emit(emission) {
        const [incoming, weights] = [readImage(emission, dy), tensorOf(emission, filter)];
        const gradient = compose(emission.ops, incoming, { filter: weights, windows, positions });
        return [stored(image([positions]), gradient)];
      },
    };
  };

const filterGradient =
  (compose: (ops: Operations, x: ImageRows, dy: ImageRows, windows: Windows) => Value): Planner =>
  (node, context) => {
    const windows = windowsOf(node);
    if (windows === undefined) return undefined;
    const [x, dy] = [input(node, "x"), input(node, "dy")];
    return {
      reads: new Map<Value, Layout>([
        [x, asImage(context, x)],
        [dy, asImage(context, dy)],
      ]),
      outputs: [FILTER],
      emit(emission) {
        const [read, incoming] = [readImage(emission, x), readImage(emission, dy)];
        return [stored(FILTER, compose(emission.ops, read, incoming, windows))];
      },
    };
  };

/** Convolutions and both of their gradients are products with the same gathered columns. */
export const convolutionPlans: Readonly<Record<string, Planner>> = {
  Conv2D: convolution(convolve),
  Conv2DBackpropInput: inputGradient((ops, dy, options) => {
    const { filter, windows } = options;
    const channels = (filter.shape[0] as number) / windows.taps;
    // Scattering is faster as long as its columns are small enough to be made whole.
    const isWhole = chunksOf(dy.parts.flat(), { ...dy, channels }, windows).length === 1;
    return isWhole || windows.stride !== 1
      ? scatterGradient(ops, dy, options)
      : gatherGradient(ops, dy, options);
  }),
  // columns · dy^T, accumulated over the parts of dy
  Conv2DBackpropFilter: filterGradient((ops, x, dy, windows) => {
    let sum: Value | undefined;
    for (const part of dy.parts) {
      const chunks = chunksOf(part, x, windows);
      for (const chunk of chunks) {
        // Reversed, so that they are not merged with those of the forward pass, which would keep those in memory.
        const outputs = chunks.length === 1 ? chunk : chunk.toReversed();
        const columns = columnsOf(ops, x, { windows, outputs });
        sum = ops.addProduct(columns, take(ops, dy, outputs), sum, { transposeB: true });
      }
    }
    return sum as Value;
  }),
  DepthwiseConv2dNative: convolution(convolveDepthwise),
  DepthwiseConv2dNativeBackpropInput: inputGradient(depthwiseGradient),
  DepthwiseConv2dNativeBackpropFilter: filterGradient((ops, x, dy, windows) => {
    const { channels, batch } = x;
    const multiplier = dy.channels / channels;
    const products = dy.parts.map((outputs, i) => {
      const width = outputs.length * batch;
      const columns = ops.reshape(columnsOf(ops, x, { windows, outputs }), [channels, windows.taps, width]);
      const gradient = ops.reshape(dy.tensors[i] as Value, [channels, multiplier, width]);
      return ops.product(columns, ops.transpose(gradient, [0, 2, 1]));
    });
    return ops.reshape(ops.total(products), [channels * windows.taps, multiplier]);
  }),
};
