import type { Node, Value } from "../../graph.ts";
import { type Geometry, onnxPads, poolGeometry, type WindowAttributes } from "../../kernels/geometry.ts";
import type { OnnxGraph } from "../../onnx/builder.ts";
import { reshape } from "../../onnx/reshape.ts";
import { type BlockedForm, type Emission, input, result } from "./emission.ts";
import { filled } from "./filled.ts";
import { sizeOfImage } from "./held.ts";
import { interleave } from "./interleave.ts";
import { BLOCK, blockedPool, type Pads } from "./nchwc.ts";

/** Pools are the runtime's own; of images that are held in blocks already, since a pool alone does not pay a change. */
export const pool: BlockedForm = (node, { graph, values }) => {
  const x = input(node, "x");
  const geometry = geometryOf(node, x);
  if (!values.isImage(x) || geometry.dilations.some((dilation) => dilation !== 1)) return false;
  const { kernel, strides } = geometry;
  const pads = onnxPads(geometry) as unknown as Pads;
  const op = node.kernel === "MaxPool" ? "MaxPool" : "AveragePool";
  values.setBlocked(result(node), blockedPool(graph, op, values.blocked(x), { kernel, strides, pads }));
  return true;
};

/**
 * The gradient goes to the first tap that holds the maximum, in reading order, as in tfjs: what a tap takes is no
 * longer there for the next one, and the last takes the rest.
 */
export const maxPoolGradient: BlockedForm = (node, emission) => {
  const [x, y, dy] = [input(node, "input"), input(node, "output"), input(node, "dy")];
  const geometry = geometryOf(node, x);
  if (!emission.values.isImage(x) || !isDisjoint(geometry)) return false;
  const { graph, values } = emission;
  const image = values.blocked(x);
  const maximum = values.blocked(y);
  const [height, width] = geometry.kernel;
  let rest = values.blocked(dy);
  const shares = Array.from({ length: height * width }, (_, tap) => {
    if (tap === height * width - 1) return rest;
    const at = [Math.floor(tap / width), tap % width] as const;
    const own = underTap(graph, image, geometry, at);
    const isMaximum = graph.node("Cast", [graph.node("Equal", [own, maximum])], { to: 1 });
    const share = graph.node("Mul", [rest, isMaximum]);
    rest = graph.node("Sub", [rest, share]);
    return share;
  });
  spread(emission, node, { shares, geometry });
  return true;
};

/** Every tap of a window gets the same share. */
export const averagePoolGradient: BlockedForm = (node, emission) => {
  const { graph, values } = emission;
  const dy = input(node, "dy");
  const geometry = geometryOf(node, result(node));
  if (!values.isImage(dy) || !isDisjoint(geometry)) return false;
  const taps = geometry.kernel[0] * geometry.kernel[1];
  const share = graph.node("Mul", [values.blocked(dy), graph.float32(1 / taps)]);
  spread(emission, node, { shares: new Array<string>(taps).fill(share), geometry });
  return true;
};

function spread(
  { graph, values }: Emission,
  node: Node,
  { shares, geometry }: { readonly shares: readonly string[]; readonly geometry: Geometry },
): void {
  const dx = result(node);
  const { kernel, outSize } = geometry;
  const whole = interleave(graph, shares, { steps: kernel, parts: outSize, size: sizeOfImage(dx) });
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
  graph: OnnxGraph,
  image: string,
  { batch, inChannels, inSize, outSize, kernel }: Geometry,
  [row, column]: readonly [number, number],
): string {
  const indices = Array.from({ length: outSize[0] * outSize[1] }, (_, output) => {
    const [i, j] = [Math.floor(output / outSize[1]), output % outSize[1]];
    return (i * kernel[0] + row) * inSize[1] + j * kernel[1] + column;
  });
  const channels = filled(inChannels);
  const stacked = reshape(graph, image, [(batch * channels) / BLOCK, inSize[0] * inSize[1], BLOCK]);
  const taken = graph.node("Gather", [stacked, graph.int32(indices)], { axis: 1 });
  return reshape(graph, taken, [batch, channels, ...outSize]);
}
