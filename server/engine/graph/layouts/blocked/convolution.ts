import type { Value } from "../../graph.ts";
import { convGeometry, onnxPads, type WindowAttributes } from "../../kernels/geometry.ts";
import type { OnnxGraph } from "../../onnx/builder.ts";
import { reshape } from "../image.ts";
import { channelMeans, type Finish, ofImage } from "./combination.ts";
import { type BlockedForm, input, result } from "./emission.ts";
import { forwardFilter, heldFilter } from "./filter.ts";
import { type HeldValues, isFilterShape, sizeOfImage } from "./held.ts";
import { expectedMean } from "./level.ts";
import { BLOCK, blockedConv, type Pads } from "./nchwc.ts";

/** A convolution waits for what is done to its result: a factor a channel goes into the filter, the rest behind it. */
export const convolution: BlockedForm = (node, { graph, values }) => {
  const [x, filter] = [input(node, "x"), input(node, "filter")];
  const { shape } = filter;
  if (!isFilterShape(shape)) return false;
  const geometry = convGeometry(x.shape, shape, node.attrs as unknown as WindowAttributes);
  const { kernel, strides, dilations } = geometry;
  const image = readInput(graph, values, x);
  const held = values.filter(filter);
  const emit = ({ factor, constant, sum, relu }: Finish): string =>
    blockedConv(graph, {
      x: image,
      filter: forwardFilter(graph, factor === undefined ? held : outputsScaled(graph, held, factor), shape),
      bias: constant,
      sum,
      relu,
      kernel,
      strides,
      dilations,
      pads: onnxPads(geometry) as unknown as Pads,
    });
  values.setLazy(
    result(node),
    ofImage({
      emit,
      expectedMean: () =>
        expectedMean(graph, { mean: channelMeans(graph, image, sizeOfImage(x)), held, shape, geometry }),
    }),
  );
  return true;

  function outputsScaled(graph: OnnxGraph, held: string, factor: string): string {
    const [blocks] = heldFilter(shape as Parameters<typeof heldFilter>[0]);
    return graph.node("Mul", [held, reshape(graph, factor, [blocks as number, 1, 1, 1, BLOCK])]);
  }
};

/** What a convolution reads: an image in blocks, or, of fewer channels than a block, in rows with the channels first. */
function readInput(graph: OnnxGraph, values: HeldValues, x: Value): string {
  const [batch, height, width, channels] = x.shape as readonly [number, number, number, number];
  if (channels >= BLOCK) return values.blocked(x);
  const image = values.natural(x);
  return channels === 1
    ? reshape(graph, image, [batch, 1, height, width])
    : graph.node("Transpose", [image], { perm: [0, 3, 1, 2] });
}
