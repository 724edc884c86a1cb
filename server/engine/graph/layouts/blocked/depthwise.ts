import type { Node } from "../../graph.ts";
import { convGeometry, type Geometry, onnxPads, type WindowAttributes } from "../../kernels/geometry.ts";
import type { OnnxGraph } from "../../onnx/builder.ts";
import { reshape } from "../../onnx/reshape.ts";
import { channelMeans, type Finish, ofImage } from "./combination.ts";
import { type BlockedForm, input, result } from "./emission.ts";
import { fewestChannels, filled } from "./filled.ts";
import { type FilterShape, heldFilter, holdFilter, outputsScaled, releaseFilter } from "./filter.ts";
import { sizeOfImage } from "./held.ts";
import { gradientByPhases, type Taps } from "./inputGradient.ts";
import { sharesInside } from "./level.ts";
import { BLOCK, blockedConv, type Pads } from "./nchwc.ts";

/** Convolutions of each channel on its own: a filter [h, w, C, 1] is held as one [h, w, 1, C]. */
export const depthwise: BlockedForm = (node, { graph, values }) => {
  const [x, filter] = [input(node, "x"), input(node, "filter")];
  if (!isDepthwiseInBlocks(filter.shape)) return false;
  const geometry = geometryOf(node, x.shape, filter.shape);
  const shape = asOneOfOne(filter.shape);
  const image = values.blocked(x);
  const held = holdFilter(graph, reshape(graph, values.natural(filter), shape), shape);
  const [blocks, height, width] = heldFilter(shape) as [number, number, number];
  const group = blocks * BLOCK;
  const emit = ({ factor, constant, sum, relu }: Finish): string =>
    blockedConv(graph, {
      x: image,
      filter: reshape(graph, factor === undefined ? held : outputsScaled(graph, held, factor, shape), [
        group,
        1,
        height,
        width,
      ]),
      bias: constant,
      sum,
      relu,
      group,
      kernel: geometry.kernel,
      strides: geometry.strides,
      dilations: geometry.dilations,
      pads: onnxPads(geometry) as unknown as Pads,
    });
  /** See level.ts. */
  const expectedMean = (): string => {
    const taps = graph.node("Mul", [
      reshape(graph, held, [blocks, height * width, BLOCK]),
      graph.float32(sharesInside(geometry), [height * width, 1]),
    ]);
    const sums = graph.node("ReduceSum", [taps, graph.int64([1])], { keepdims: 0 });
    return graph.node("Mul", [reshape(graph, sums, [group]), channelMeans(graph, image, sizeOfImage(x))]);
  };
  values.setLazy(result(node), ofImage({ emit, expectedMean }));
  return true;
};

export const depthwiseInputGradient: BlockedForm = (node, { graph, values }) => {
  const [dy, filter] = [input(node, "dy"), input(node, "filter")];
  const dx = result(node);
  if (!isDepthwiseInBlocks(filter.shape)) return false;
  const shape = asOneOfOne(filter.shape);
  const gradient = gradientByPhases(graph, {
    geometry: geometryOf(node, dx.shape, filter.shape),
    size: sizeOfImage(dx),
    dy: () => values.blocked(dy),
    filterOf: (taps) => someTaps(graph, reshape(graph, values.natural(filter), shape), shape, taps),
  });
  if (gradient !== undefined) values.setLazy(dx, ofImage(gradient));
  return gradient !== undefined;
};

function someTaps(graph: OnnxGraph, filter: string, shape: FilterShape, { rows, columns }: Taps) {
  const [blocks, height, width] = heldFilter(shape) as [number, number, number];
  const wanted = rows.flatMap((row) => columns.map((column) => row * width + column));
  const stacked = reshape(graph, holdFilter(graph, filter, shape), [blocks, height * width, BLOCK]);
  const taken = graph.node("Gather", [stacked, graph.int64(wanted)], { axis: 1 });
  const group = blocks * BLOCK;
  return { filter: reshape(graph, taken, [group, 1, rows.length, columns.length]), group };
}

/**
 * dW[k, l, c] = Σ over samples b and outputs (i, j) of x[b, i·s + k − before, j·s + l − before, c] · dy[b, i, j, c] is a
 * depthwise convolution with the channels of every sample as channels: dy is its filter, dilated by the stride, and its
 * output positions are the taps.
 */
export const depthwiseFilterGradient: BlockedForm = (node, { graph, values }) => {
  const [x, dy] = [input(node, "x"), input(node, "dy")];
  const filter = result(node).shape;
  if (!isDepthwiseInBlocks(filter)) return false;
  const geometry = geometryOf(node, x.shape, filter);
  const { batch, inSize, outSize, strides, before, after } = geometry;
  if (geometry.dilations.some((dilation) => dilation !== 1) || after.some((pad) => pad < 0)) return false;
  const shape = asOneOfOne(filter);
  const rows = batch * filled(shape[3]);
  const sums = blockedConv(graph, {
    x: reshape(graph, values.blocked(x), [1, rows, ...inSize]),
    filter: reshape(graph, values.blocked(dy), [rows, 1, ...outSize]),
    group: rows,
    kernel: outSize,
    dilations: strides,
    pads: [...before, ...after],
  });
  const stacked = reshape(graph, sums, [batch, ...heldFilter(shape)]);
  const held = graph.node("ReduceSum", [stacked, graph.int64([0])], { keepdims: 0 });
  values.setNatural(result(node), reshape(graph, releaseFilter(graph, held, shape), filter));
  return true;
};

/** @param filter [h, w, C, outputs a channel] */
export const isDepthwiseInBlocks = ([, , channels, multiplier]: readonly number[]): boolean =>
  multiplier === 1 && (channels as number) >= fewestChannels;

const asOneOfOne = ([height, width, channels]: readonly number[]): FilterShape =>
  [height, width, 1, channels] as unknown as FilterShape;

const geometryOf = ({ attrs }: Node, x: readonly number[], filter: readonly number[]): Geometry =>
  convGeometry(x, filter, attrs as unknown as WindowAttributes, { depthwise: true });
