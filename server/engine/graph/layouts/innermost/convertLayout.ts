import { type ImageRows, type Parts, take } from "../../compositions/imageRows.ts";
import type { Operations } from "../../compositions/operations.ts";
import type { Value } from "../../graph.ts";
import { positions } from "../../slidingWindows.ts";
import { type Flat, type Layout, NATURAL, rowsOf, sameLayout } from "./layout.ts";

/** A value in some layout: its tensors, several only for an image in parts. */
export interface Stored {
  readonly layout: Layout;
  readonly tensors: readonly Value[];
}

export const stored = (layout: Layout, ...tensors: readonly Value[]): Stored => ({ layout, tensors });

/** Emits the conversion of a value from one layout to another, through the natural layout where there is nothing shorter. */
export function convert(ops: Operations, value: Value, from: Stored, to: Layout): Stored {
  if (sameLayout(from.layout, to)) return from;
  if (to.kind === "natural") return stored(NATURAL, toNatural(ops, value, from));
  if (from.layout.kind === "image" && to.kind === "image")
    return rearrange(ops, imageOf(value, from), to.parts);
  if (to.kind === "image" && isUniform(from.layout)) return repeat(ops, value, from, to.parts);
  return fromNatural(ops, value, toNatural(ops, value, from), to);
}

export function imageOf(value: Value, { layout, tensors }: Stored): ImageRows {
  if (layout.kind !== "image")
    throw new Error(`value ${value.id} is laid out as ${layout.kind}, not as an image`);
  const [batch, , , channels] = value.shape as readonly [number, number, number, number];
  return { order: "batchInnermost", dtype: value.dtype, batch, channels, parts: layout.parts, tensors };
}

const isUniform = ({ kind }: Layout): boolean =>
  kind === "splat" || kind === "channels" || kind === "samples";

/** Writes out an image whose positions are all equal. */
function repeat(ops: Operations, value: Value, from: Stored, parts: Parts): Stored {
  const [batch, , , channels] = value.shape as readonly [number, number, number, number];
  const row = { splat: [1, 1, 1], channels: [channels, 1, 1], samples: [channels, 1, batch] };
  const tensor = ops.reshape(from.tensors[0] as Value, row[from.layout.kind as keyof typeof row]);
  const tensors = parts.map(({ length }) => {
    const repeated = ops.broadcast(tensor, [channels, length, batch]);
    return ops.reshape(repeated, [channels, length * batch]);
  });
  return stored({ kind: "image", parts }, ...tensors);
}

function rearrange(ops: Operations, image: ImageRows, parts: Parts): Stored {
  return stored({ kind: "image", parts }, ...parts.map((part) => take(ops, image, part)));
}

function toNatural(ops: Operations, value: Value, from: Stored): Value {
  const tensor = from.tensors[0] as Value;
  const { shape } = value;
  const [batch = 1, height = 1, width = 1, channels = 1] = shape;
  switch (from.layout.kind) {
    case "natural":
      return tensor;
    case "splat":
      return ops.broadcast(tensor, shape);
    case "image": {
      const all = take(ops, imageOf(value, from), positions(height * width));
      return ops.reshape(swapEnds(ops, all, [channels, height * width, batch]), shape);
    }
    case "channels":
      return ops.broadcast(ops.reshape(tensor, [channels]), shape);
    case "samples": {
      const rows = ops.transpose(tensor, [1, 0]);
      return ops.broadcast(ops.reshape(rows, [batch, 1, 1, channels]), shape);
    }
    case "columns":
      return ops.transpose(unpermute(ops, tensor, from.layout.flat), [1, 0]);
    case "rows":
      return unpermute(ops, tensor, from.layout.flat);
    case "filter": {
      const [h, w, inputs, outputs] = shape as readonly [number, number, number, number];
      const byChannel = ops.reshape(tensor, [inputs, h * w, outputs]);
      return ops.reshape(ops.transpose(byChannel, [1, 0, 2]), shape);
    }
  }
}

function fromNatural(ops: Operations, value: Value, tensor: Value, to: Layout): Stored {
  const [batch = 1, height = 1, width = 1, channels = 1] = value.shape;
  switch (to.kind) {
    case "image": {
      const size = height * width;
      const swapped = swapEnds(ops, tensor, [batch, size, channels]);
      const tensors = [ops.reshape(swapped, [channels, size * batch])];
      const everywhere: ImageRows = {
        order: "batchInnermost",
        dtype: value.dtype,
        batch,
        channels,
        parts: [positions(size)],
        tensors,
      };
      return rearrange(ops, everywhere, to.parts);
    }
    case "columns":
      return stored(to, permute(ops, ops.transpose(tensor, [1, 0]), to.flat));
    case "rows":
      return stored(to, permute(ops, tensor, to.flat));
    case "filter": {
      const [h, w, inputs, outputs] = value.shape as readonly [number, number, number, number];
      const byTap = ops.reshape(tensor, [h * w, inputs, outputs]);
      const byChannel = ops.transpose(byTap, [1, 0, 2]);
      return stored(to, ops.reshape(byChannel, [inputs * h * w, outputs]));
    }
    default:
      throw new Error(`value ${value.id} [${value.shape}] cannot be laid out as ${to.kind}`);
  }
}

/** [first, middle, last] → [last, middle, first]; a matrix where one of them is 1, which transposes faster. */
function swapEnds(
  ops: Operations,
  tensor: Value,
  [first, middle, last]: readonly [number, number, number],
): Value {
  if (last === 1) return ops.transpose(ops.reshape(tensor, [first, middle]), [1, 0]);
  if (first === 1) return ops.transpose(ops.reshape(tensor, [middle, last]), [1, 0]);
  return ops.transpose(ops.reshape(tensor, [first, middle, last]), [2, 1, 0]);
}

const isAscending = (rows: readonly number[]): boolean => rows.every((row, i) => row === i);

function permute(ops: Operations, tensor: Value, flat: Flat): Value {
  const rows = rowsOf(flat);
  return isAscending(rows) ? tensor : ops.gather(tensor, rows, 0);
}

function unpermute(ops: Operations, tensor: Value, flat: Flat): Value {
  const rows = rowsOf(flat);
  if (isAscending(rows)) return tensor;
  const inverse = new Array<number>(rows.length);
  rows.forEach((row, i) => {
    inverse[row] = i;
  });
  return ops.gather(tensor, inverse, 0);
}
