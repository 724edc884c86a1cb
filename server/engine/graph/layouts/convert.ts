import type { Value } from "../graph.ts";
import type { OnnxGraph } from "../onnx/builder.ts";
import type { Parts } from "./arrangement.ts";
import { type Image, reshape, take } from "./image.ts";
import { type Flat, type Layout, NATURAL, rowsOf, sameLayout } from "./layout.ts";
import { positions } from "./windows.ts";

/** A value in the ONNX graph: its layout and the tensors that hold it, several only for an image in parts. */
export interface Stored {
  readonly layout: Layout;
  readonly tensors: readonly string[];
}

export const stored = (layout: Layout, ...tensors: readonly string[]): Stored => ({ layout, tensors });

/** Emits what brings a value from one layout to another; by way of the natural one where there is nothing shorter. */
export function convert(graph: OnnxGraph, value: Value, from: Stored, to: Layout): Stored {
  if (sameLayout(from.layout, to)) return from;
  if (to.kind === "natural") return stored(NATURAL, toNatural(graph, value, from));
  if (from.layout.kind === "image" && to.kind === "image")
    return rearrange(graph, imageOf(value, from), to.parts);
  if (to.kind === "image" && isUniform(from.layout)) return repeat(graph, value, from, to.parts);
  return fromNatural(graph, value, toNatural(graph, value, from), to);
}

export function imageOf(value: Value, { layout, tensors }: Stored): Image {
  if (layout.kind !== "image")
    throw new Error(`value ${value.id} is held as ${layout.kind}, not as an image`);
  const [batch, , , channels] = value.shape as readonly [number, number, number, number];
  return { dtype: value.dtype, batch, channels, parts: layout.parts, tensors };
}

const isUniform = ({ kind }: Layout): boolean =>
  kind === "splat" || kind === "channels" || kind === "samples";

/** Writes out an image whose positions are all equal. */
function repeat(graph: OnnxGraph, value: Value, from: Stored, parts: Parts): Stored {
  const [batch, , , channels] = value.shape as readonly [number, number, number, number];
  const row = { splat: [1, 1, 1], channels: [channels, 1, 1], samples: [channels, 1, batch] };
  const tensor = reshape(graph, from.tensors[0] as string, row[from.layout.kind as keyof typeof row]);
  const tensors = parts.map(({ length }) => {
    const repeated = graph.node("Expand", [tensor, graph.int64([channels, length, batch])]);
    return reshape(graph, repeated, [channels, length * batch]);
  });
  return stored({ kind: "image", parts }, ...tensors);
}

function rearrange(graph: OnnxGraph, image: Image, parts: Parts): Stored {
  return stored({ kind: "image", parts }, ...parts.map((part) => take(graph, image, part)));
}

function toNatural(graph: OnnxGraph, value: Value, from: Stored): string {
  const tensor = from.tensors[0] as string;
  const { shape } = value;
  const [batch = 1, height = 1, width = 1, channels = 1] = shape;
  switch (from.layout.kind) {
    case "natural":
      return tensor;
    case "splat":
      return graph.node("Expand", [tensor, graph.int64(shape)]);
    case "image": {
      const all = take(graph, imageOf(value, from), positions(height * width));
      return reshape(graph, swapEnds(graph, all, [channels, height * width, batch]), shape);
    }
    case "channels":
      return graph.node("Expand", [reshape(graph, tensor, [channels]), graph.int64(shape)]);
    case "samples": {
      const rows = graph.node("Transpose", [tensor], { perm: [1, 0] });
      return graph.node("Expand", [reshape(graph, rows, [batch, 1, 1, channels]), graph.int64(shape)]);
    }
    case "columns":
      return graph.node("Transpose", [unpermute(graph, tensor, from.layout.flat)], { perm: [1, 0] });
    case "rows":
      return unpermute(graph, tensor, from.layout.flat);
    case "filter": {
      const [h, w, inputs, outputs] = shape as readonly [number, number, number, number];
      const byChannel = reshape(graph, tensor, [inputs, h * w, outputs]);
      return reshape(graph, graph.node("Transpose", [byChannel], { perm: [1, 0, 2] }), shape);
    }
  }
}

function fromNatural(graph: OnnxGraph, value: Value, tensor: string, to: Layout): Stored {
  const [batch = 1, height = 1, width = 1, channels = 1] = value.shape;
  switch (to.kind) {
    case "image": {
      const size = height * width;
      const swapped = swapEnds(graph, tensor, [batch, size, channels]);
      const tensors = [reshape(graph, swapped, [channels, size * batch])];
      const everywhere = { dtype: value.dtype, batch, channels, parts: [positions(size)], tensors };
      return rearrange(graph, everywhere, to.parts);
    }
    case "columns":
      return stored(to, permute(graph, graph.node("Transpose", [tensor], { perm: [1, 0] }), to.flat));
    case "rows":
      return stored(to, permute(graph, tensor, to.flat));
    case "filter": {
      const [h, w, inputs, outputs] = value.shape as readonly [number, number, number, number];
      const byTap = reshape(graph, tensor, [h * w, inputs, outputs]);
      const byChannel = graph.node("Transpose", [byTap], { perm: [1, 0, 2] });
      return stored(to, reshape(graph, byChannel, [inputs * h * w, outputs]));
    }
    default:
      throw new Error(`value ${value.id} [${value.shape}] cannot be held as ${to.kind}`);
  }
}

/** [first, middle, last] → [last, middle, first]; a matrix where one of them is 1, which transposes faster. */
function swapEnds(
  graph: OnnxGraph,
  tensor: string,
  [first, middle, last]: readonly [number, number, number],
): string {
  if (last === 1) return graph.node("Transpose", [reshape(graph, tensor, [first, middle])], { perm: [1, 0] });
  if (first === 1) return graph.node("Transpose", [reshape(graph, tensor, [middle, last])], { perm: [1, 0] });
  return graph.node("Transpose", [reshape(graph, tensor, [first, middle, last])], { perm: [2, 1, 0] });
}

const isAscending = (rows: readonly number[]): boolean => rows.every((row, i) => row === i);

function permute(graph: OnnxGraph, tensor: string, flat: Flat): string {
  const rows = rowsOf(flat);
  return isAscending(rows) ? tensor : graph.node("Gather", [tensor, graph.int64(rows)], { axis: 0 });
}

function unpermute(graph: OnnxGraph, tensor: string, flat: Flat): string {
  const rows = rowsOf(flat);
  if (isAscending(rows)) return tensor;
  const inverse = new Array<number>(rows.length);
  rows.forEach((row, i) => {
    inverse[row] = i;
  });
  return graph.node("Gather", [tensor, graph.int64(inverse)], { axis: 0 });
}
