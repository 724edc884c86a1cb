import { input, type Operations, output } from "../../compositions/operations.ts";
import type { Node, Value } from "../../graph.ts";
import { type Geometry, onnxPads, poolGeometry, type WindowAttributes } from "../../kernels/geometry.ts";
import type { BlockedLowering, Emission } from "./blockedLowering.ts";
import { sizeOfImage } from "./blockedValues.ts";
import { filled } from "./filledChannels.ts";
import { interleave } from "./interleave.ts";
import { BLOCK, blockedPool, type Pads } from "./nchwc.ts";

/** Pools are the runtime's own, for images already in blocks: a pool alone is not worth a conversion. */
export const pool: BlockedLowering = (node, { ops, values }) => {
  const x = input(node, "x");
  const geometry = geometryOf(node, x);
  if (!values.isImage(x) || geometry.dilations.some((dilation) => dilation !== 1)) return false;
  const { kernel, strides } = geometry;
  const pads = onnxPads(geometry) as unknown as Pads;
  const op = node.kernel === "MaxPool" ? "MaxPool" : "AveragePool";
  values.setBlocked(output(node), blockedPool(ops, op, values.blocked(x), { kernel, strides, pads }));
  return true;
};

/**
 * The gradient goes to the first tap that equals the maximum, in reading order, as in tfjs: each tap's share is subtracted
 * before the next, and the last tap takes the rest.
 */
export const maxPoolGradient: BlockedLowering = (node, emission) => {
  const [x, y, dy] = [input(node, "input"), input(node, "output"), input(node, "dy")];
  const geometry = geometryOf(node, x);
  if (!emission.values.isImage(x) || !isDisjoint(geometry)) return false;
  const { ops, values } = emission;
  const image = values.blocked(x);
  const maximum = values.blocked(y);
  const [height, width] = geometry.kernel;
  let rest = values.blocked(dy);
  const shares = Array.from({ length: height * width }, (_, tap) => {
    if (tap === height * width - 1) return rest;
    const at = [Math.floor(tap / width), tap % width] as const;
    const own = underTap(ops, image, geometry, at);
    const isMaximum = ops.floatOf(ops.equal(own, maximum));
    const share = ops.mul(rest, isMaximum);
    rest = ops.sub(rest, share);
    return share;
  });
  spread(emission, node, { shares, geometry });
  return true;
};

/** Every tap of a window gets the same share. */
export const averagePoolGradient: BlockedLowering = (node, emission) => {
  const { ops, values } = emission;
  const dy = input(node, "dy");
  const geometry = geometryOf(node, output(node));
  if (!values.isImage(dy) || !isDisjoint(geometry)) return false;
  const taps = geometry.kernel[0] * geometry.kernel[1];
  const share = ops.mul(values.blocked(dy), ops.number(1 / taps));
  spread(emission, node, { shares: new Array<Value>(taps).fill(share), geometry });
  return true;
};

function spread(
  { ops, values }: Emission,
  node: Node,
  { shares, geometry }: { readonly shares: readonly Value[]; readonly geometry: Geometry },
): void {
  const dx = output(node);
  const { kernel, outSize } = geometry;
  const whole = interleave(ops, shares, { steps: kernel, parts: outSize, size: sizeOfImage(dx) });
  values.setBlocked(dx, whole);
}

function geometryOf(node: Node, x: Value): Geometry {
  const { filterSize } = node.attrs as { readonly filterSize: number | readonly [number, number] };
  return poolGeometry(x.shape, filterSize, node.attrs as unknown as WindowAttributes);
}

/** No position lies in two windows, and none outside of the image. */
function isDisjoint({ kernel, strides, dilations, before, after }: Geometry): boolean {
  const sideBySide = kernel.every((size, axis) => size === strides[axis]);
  return sideBySide && [...before, ...after].every((pad) => pad <= 0) && dilations.every((by) => by === 1);
}

/** The positions under one tap of every window: a Gather of blocks, on all threads. */
function underTap(
  ops: Operations,
  image: Value,
  { batch, inChannels, inSize, outSize, kernel }: Geometry,
  [row, column]: readonly [number, number],
): Value {
  const indices = Array.from({ length: outSize[0] * outSize[1] }, (_, output) => {
    const [i, j] = [Math.floor(output / outSize[1]), output % outSize[1]];
    return (i * kernel[0] + row) * inSize[1] + j * kernel[1] + column;
  });
  const channels = filled(inChannels);
  const stacked = ops.reshape(image, [(batch * channels) / BLOCK, inSize[0] * inSize[1], BLOCK]);
  const taken = ops.gather(stacked, indices, 1);
  return ops.reshape(taken, [batch, channels, ...outSize]);
}
