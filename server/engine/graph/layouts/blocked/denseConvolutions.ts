import { sizeOf } from "../../../../sizeOf.ts";
import { attributes, input, type Operations, operationsOf, output } from "../../compositions/operations.ts";
import type { Node, Pass, Value } from "../../graph.ts";
import { convGeometry, type Geometry, type WindowAttributes } from "../../kernels/geometry.ts";
import { type Rewriter, rewriteOnce, rule } from "../../passes/rewrite.ts";

/**
 * A convolution of which every output reads the whole image is a dense layer, as the last ones of a deep net are, on maps of 2×2
 * or 1×1: of each tap of the filter a product [rows, I] · [I, O] of what it reads. A product reads the filter once a batch and not
 * once an image, and those of the gradients need it neither turned around nor flipped.
 */
export const denseConvolutions: Pass = (graph) =>
  rewriteOnce(graph, [
    rule("Conv2D", forward),
    rule("Conv2DBackpropInput", inputGradient),
    rule("Conv2DBackpropFilter", filterGradient),
  ]);

/** What each output reads of an image. */
interface Reads {
  /** Of the filter, ascending. */
  readonly taps: readonly UsedTap[];
  readonly positions: number;
  readonly outputs: number;
  /** How the image and the filter are viewed. */
  readonly image: readonly number[];
  readonly filter: readonly number[];
}

/** Products beside taps of the filter. With more of them the image is large enough for a convolution. */
const mostPairs = 2;

/** Undefined where an output does not read the whole image. */
function readsOf(node: Node, x: readonly number[], filter: readonly number[]): Reads | undefined {
  const geometry = convGeometry(x, filter, attributes<WindowAttributes>(node));
  const { inSize, outSize, kernel, dilations } = geometry;
  const [positions, outputs] = [sizeOf(inSize), sizeOf(outSize)];
  if (positions * outputs > mostPairs * sizeOf(kernel) || sizeOf(dilations) !== 1) return undefined;
  const taps = Array.from({ length: positions * outputs }, (_, pair) => {
    const [from, to] = [Math.floor(pair / outputs), pair % outputs];
    const row = tapAlong(geometry, 0, Math.floor(from / inSize[1]), Math.floor(to / outSize[1]));
    const column = tapAlong(geometry, 1, from % inSize[1], to % outSize[1]);
    return row * kernel[1] + column;
  });
  if (taps.some((tap) => Number.isNaN(tap))) return undefined;
  if (outputs > 1 || positions < sizeOf(kernel))
    return { taps: usedTaps(taps, outputs), positions, outputs, image: x, filter };
  // One product of all taps: each reads its own position.
  const [batch, channels] = [x[0] as number, positions * (x[3] as number)];
  const whole = { image: [batch, 1, 1, channels], filter: [1, 1, channels, filter[3] as number] };
  return { taps: usedTaps([0], 1), positions: 1, outputs: 1, ...whole };
}

/** NaN where the output does not read the position. */
function tapAlong({ before, strides, kernel }: Geometry, axis: 0 | 1, position: number, at: number): number {
  const tap = position + before[axis] - at * strides[axis];
  return tap >= 0 && tap < kernel[axis] ? tap : Number.NaN;
}

function forward(node: Node, rewriter: Rewriter): Value | undefined {
  const [x, filter, y] = [input(node, "x"), input(node, "filter"), output(node)];
  const reads = readsOf(node, x.shape, filter.shape);
  if (reads === undefined) return undefined;
  const ops = operationsOf(rewriter);
  const images = byPosition(ops, ops.reshape(x, reads.image));
  const weights = ops.reshape(filter, reads.filter);
  const parts = reads.taps.map(({ tap, from }) =>
    ops.product(rowsAt(ops, images, from), tapOf(ops, weights, tap)),
  );
  return ops.reshape(joined(ops, parts, reads, "outputs"), y.shape);
}

function inputGradient(node: Node, rewriter: Rewriter): Value | undefined {
  const [dy, filter, dx] = [input(node, "dy"), input(node, "filter"), output(node)];
  const reads = readsOf(node, dx.shape, filter.shape);
  if (reads === undefined) return undefined;
  const ops = operationsOf(rewriter);
  const gradients = byPosition(ops, dy);
  const weights = ops.reshape(filter, reads.filter);
  const parts = reads.taps.map(({ tap, to }) =>
    ops.product(rowsAt(ops, gradients, to), tapOf(ops, weights, tap), { transposeB: true }),
  );
  return ops.reshape(joined(ops, parts, reads, "positions"), dx.shape);
}

function filterGradient(node: Node, rewriter: Rewriter): Value | undefined {
  const [x, dy, filter] = [input(node, "x"), input(node, "dy"), output(node).shape];
  const reads = readsOf(node, x.shape, filter);
  if (reads === undefined) return undefined;
  const ops = operationsOf(rewriter);
  const [height, width, channels, filters] = reads.filter as [number, number, number, number];
  const images = byPosition(ops, ops.reshape(x, reads.image));
  const gradients = byPosition(ops, dy);
  const used = reads.taps;
  const blocks = used.map(({ from, to }) =>
    ops.reshape(ops.product(rowsAt(ops, images, from), rowsAt(ops, gradients, to), { transposeA: true }), [
      1,
      channels,
      filters,
    ]),
  );
  const all = ops.concat(blocks, 0);
  if (used.length === height * width) return ops.reshape(all, filter);
  // A tap that reads nothing but padding has the gradient 0.
  const nothing = used.length;
  const withZeros = ops.pad(all, [
    [0, 1],
    [0, 0],
    [0, 0],
  ]);
  const order = Array.from({ length: height * width }, (_, tap) => {
    const at = used.findIndex((own) => own.tap === tap);
    return at === -1 ? nothing : at;
  });
  return ops.reshape(ops.gather(withZeros, order, 0), filter);
}

interface UsedTap {
  readonly tap: number;
  /** Positions of the image that it reads, and the outputs that it reads them for. */
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** @param taps between each position of the image and each output, in this order */
function usedTaps(taps: readonly number[], outputs: number): UsedTap[] {
  return [...new Set(taps)]
    .sort((a, b) => a - b)
    .map((tap) => {
      const pairs = taps.flatMap((own, pair) => (own === tap ? [pair] : []));
      return {
        tap,
        from: pairs.map((pair) => Math.floor(pair / outputs)),
        to: pairs.map((pair) => pair % outputs),
      };
    });
}

/** [h, w, I, O] → [I, O] */
function tapOf(ops: Operations, filter: Value, tap: number): Value {
  const [height, width, channels, filters] = filter.shape as [number, number, number, number];
  if (height * width === 1) return ops.reshape(filter, [channels, filters]);
  const taps = ops.reshape(filter, [height * width, channels, filters]);
  return ops.reshape(ops.slice(taps, [tap, 0, 0], [1, channels, filters]), [channels, filters]);
}

/** [B, h, w, C] → [positions, B, C] */
function byPosition(ops: Operations, image: Value): Value {
  const [batch, height, width, channels] = image.shape as [number, number, number, number];
  return ops.transpose(ops.reshape(image, [batch, height * width, channels]), [1, 0, 2]);
}

/** [positions, B, C] → [those positions · B, C] */
function rowsAt(ops: Operations, image: Value, positions: readonly number[]): Value {
  const [, batch, channels] = image.shape as [number, number, number];
  return ops.reshape(chosen(ops, image, positions), [positions.length * batch, channels]);
}

/** The products of the taps, [pairs of a tap · B, C] each, summed: [B, places, C]. */
function joined(ops: Operations, parts: readonly Value[], reads: Reads, by: "positions" | "outputs"): Value {
  const { taps, outputs, image } = reads;
  const batch = image[0] as number;
  const channels = parts[0]?.shape[1] as number;
  const pairs = taps.flatMap(({ from, to }) =>
    from.map((position, i) => position * outputs + (to[i] as number)),
  );
  const places = reads[by];
  const summed = pairs.length / places;
  const order = pairs.map((_, i) => {
    const [place, term] = [Math.floor(i / summed), i % summed];
    return pairs.indexOf(by === "positions" ? place * outputs + term : term * outputs + place);
  });
  const all = ops.reshape(ops.concat(parts, 0), [pairs.length, batch, channels]);
  const terms = ops.reshape(chosen(ops, all, order), [places, summed, batch, channels]);
  const sums = summed === 1 ? ops.reshape(terms, [places, batch, channels]) : ops.sum(terms, [1]);
  return ops.transpose(sums, [1, 0, 2]);
}

/** Slices along the first axis, in some order. */
function chosen(ops: Operations, value: Value, order: readonly number[]): Value {
  const isAll = order.length === value.shape[0] && order.every((at, i) => at === i);
  return isAll ? value : ops.gather(value, order, 0);
}
