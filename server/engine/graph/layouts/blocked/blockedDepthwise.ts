import { input, type Operations, output } from "../../compositions/operations.ts";
import type { Node, Value } from "../../graph.ts";
import { convGeometry, type Geometry, onnxPads, type WindowAttributes } from "../../kernels/geometry.ts";
import {
  blockedFilterShape,
  type FilterShape,
  fromBlockedFilter,
  outputsScaled,
  toBlockedFilter,
} from "./blockedFilter.ts";
import { gradientByPhases, type Taps } from "./blockedInputGradient.ts";
import type { BlockedLowering } from "./blockedLowering.ts";
import { sizeOfImage } from "./blockedValues.ts";
import { channelMeans, type Finish, ofImage } from "./combination.ts";
import { fewestChannels, filled } from "./filledChannels.ts";
import { sharesInside } from "./level.ts";
import { BLOCK, blockedConv, type Pads } from "./nchwc.ts";

/** Convolutions of each channel on its own: a filter [h, w, C, 1] is laid out as one [h, w, 1, C]. */
export const depthwise: BlockedLowering = (node, { ops, values }) => {
  const [x, filter] = [input(node, "x"), input(node, "filter")];
  if (!isDepthwiseInBlocks(filter.shape)) return false;
  const geometry = geometryOf(node, x.shape, filter.shape);
  const shape = asOneOfOne(filter.shape);
  const image = values.blocked(x);
  const blocked = toBlockedFilter(ops, ops.reshape(values.natural(filter), shape), shape);
  const [blocks, height, width] = blockedFilterShape(shape) as [number, number, number];
  const group = blocks * BLOCK;
  const emit = ({ factor, constant, sum, relu }: Finish): Value =>
    blockedConv(ops, {
      x: image,
      filter: ops.reshape(factor === undefined ? blocked : outputsScaled(ops, blocked, factor, shape), [
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
  const expectedMean = (): Value => {
    const taps = ops.mul(
      ops.reshape(blocked, [blocks, height * width, BLOCK]),
      ops.floats([height * width, 1], sharesInside(geometry)),
    );
    const sums = ops.sum(taps, [1]);
    return ops.mul(ops.reshape(sums, [group]), channelMeans(ops, image, sizeOfImage(x)));
  };
  values.setLazy(output(node), ofImage({ emit, expectedMean }));
  return true;
};

export const depthwiseInputGradient: BlockedLowering = (node, { ops, values }) => {
  const [dy, filter] = [input(node, "dy"), input(node, "filter")];
  const dx = output(node);
  if (!isDepthwiseInBlocks(filter.shape)) return false;
  const shape = asOneOfOne(filter.shape);
  const gradient = gradientByPhases(ops, {
    geometry: geometryOf(node, dx.shape, filter.shape),
    size: sizeOfImage(dx),
    dy: () => values.blocked(dy),
    filterOf: (taps) => someTaps(ops, ops.reshape(values.natural(filter), shape), shape, taps),
  });
  if (gradient !== undefined) values.setLazy(dx, ofImage(gradient));
  return gradient !== undefined;
};

function someTaps(ops: Operations, filter: Value, shape: FilterShape, { rows, columns }: Taps) {
  const [blocks, height, width] = blockedFilterShape(shape) as [number, number, number];
  const wanted = rows.flatMap((row) => columns.map((column) => row * width + column));
  const stacked = ops.reshape(toBlockedFilter(ops, filter, shape), [blocks, height * width, BLOCK]);
  const taken = ops.gather(stacked, wanted, 1);
  const group = blocks * BLOCK;
  return { filter: ops.reshape(taken, [group, 1, rows.length, columns.length]), group };
}

/**
 * dW[k, l, c] = Σ over samples b and outputs (i, j) of x[b, i·s + k − before, j·s + l − before, c] · dy[b, i, j, c] is a
 * depthwise convolution with the channels of every sample as channels: dy is its filter, dilated by the stride, and its
 * output positions are the taps.
 */
export const depthwiseFilterGradient: BlockedLowering = (node, { ops, values }) => {
  const [x, dy] = [input(node, "x"), input(node, "dy")];
  const filter = output(node).shape;
  if (!isDepthwiseInBlocks(filter)) return false;
  const geometry = geometryOf(node, x.shape, filter);
  const { batch, inSize, outSize, strides, before, after } = geometry;
  if (geometry.dilations.some((dilation) => dilation !== 1) || after.some((pad) => pad < 0)) return false;
  const shape = asOneOfOne(filter);
  const rows = batch * filled(shape[3]);
  const sums = blockedConv(ops, {
    x: ops.reshape(values.blocked(x), [1, rows, ...inSize]),
    filter: ops.reshape(values.blocked(dy), [rows, 1, ...outSize]),
    group: rows,
    kernel: outSize,
    dilations: strides,
    pads: [...before, ...after],
  });
  const stacked = ops.reshape(sums, [batch, ...blockedFilterShape(shape)]);
  const blocked = ops.sum(stacked, [0]);
  values.setNatural(output(node), ops.reshape(fromBlockedFilter(ops, blocked, shape), filter));
  return true;
};

/** @param filter [h, w, C, outputs a channel] */
export const isDepthwiseInBlocks = ([, , channels, multiplier]: readonly number[]): boolean =>
  multiplier === 1 && (channels as number) >= fewestChannels;

const asOneOfOne = ([height, width, channels]: readonly number[]): FilterShape =>
  [height, width, 1, channels] as unknown as FilterShape;

const geometryOf = ({ attrs }: Node, x: readonly number[], filter: readonly number[]): Geometry =>
  convGeometry(x, filter, attrs as unknown as WindowAttributes, { depthwise: true });
