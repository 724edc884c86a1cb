import type { Tensor } from "@tensorflow/tfjs-core";
import { sizeOf } from "../../sizeOf.ts";
import { inOrder } from "./align.ts";
import {
  axisIn,
  broadcast,
  type Call,
  everyIndex,
  like,
  listAt,
  listFrom,
  Misfit,
  numberOf,
  type Operator,
  shapeOf,
  stridesOf,
  targetShape,
  type View,
  valuesOf,
} from "./operator.ts";

const concat: Operator = {
  shape: (call) => {
    const first = shapeOf(call, 0);
    const axis = axisIn(first.length, numberOf(call, "axis", 0));
    const shapes = call.inputs.map((_, i) => shapeOf(call, i));
    const rest = broadcast(shapes.map((shape) => shape.map((extent, i) => (i === axis ? 1 : extent))));
    return like(
      call,
      rest.map((extent, i) =>
        i === axis ? shapes.reduce((sum, shape) => sum + (shape[axis] ?? 0), 0) : extent,
      ),
    );
  },
  fold: (call, { shape }) => {
    const axis = axisIn(shape.length, numberOf(call, "axis", 0));
    const outer = sizeOf(shape.slice(0, axis));
    const parts = call.inputs.map((_, i) => ({
      values: valuesOf(call, i) ?? [],
      size: sizeOf(shapeOf(call, i)) / outer,
    }));
    return Array.from({ length: outer }, (_, row) =>
      parts.flatMap(({ values, size }) => values.slice(row * size, (row + 1) * size)),
    ).flat();
  },
  forward: (call) => {
    const { tf } = call;
    const output = targetShape(call);
    const axis = axisIn(output.length, numberOf(call, "axis", 0));
    const views = call.inputs.map((_, i) => call.view(i));
    const { order } = (views.find((view) => view.order.some((place, i) => place !== i)) ?? views[0]) as View;
    const along = order[axis] as number;
    const tensors = views.map((view) => inOrder(tf, view, order));
    // A class token is written down once, and stands before the patches of every sample.
    const wanted = order.reduce<number[]>((shape, place, i) => {
      shape[place] = output[i] as number;
      return shape;
    }, []);
    const whole = tensors.map((tensor) => {
      const shape = tensor.shape.map((extent, i) => (i === along ? extent : (wanted[i] as number)));
      return shape.join() === tensor.shape.join() ? tensor : tf.broadcastTo(tensor, shape);
    });
    return { tensor: tf.concat(whole, along), order };
  },
};

/** The first and the step of each axis. */
interface Cut {
  readonly begin: readonly number[];
  readonly step: readonly number[];
}

const slice: Operator = {
  shape: (call) => {
    const { counts } = cut(call);
    return like(call, counts);
  },
  fold: (call, { shape }) => {
    const { begin, step } = cut(call);
    const strides = stridesOf(shapeOf(call, 0));
    const values = valuesOf(call, 0) ?? [];
    const picked: number[] = [];
    everyIndex(shape, (_, at) => {
      const index = at.reduce(
        (sum, place, axis) =>
          sum + ((begin[axis] as number) + place * (step[axis] as number)) * (strides[axis] as number),
        0,
      );
      picked.push(values[index] ?? 0);
    });
    return picked;
  },
  forward: (call) => {
    const { tf } = call;
    const { tensor, order } = call.view(0);
    const { begin, step, counts } = cut(call);
    const lying = (list: readonly number[]) =>
      order.reduce<number[]>((placed, place, axis) => {
        placed[place] = list[axis] as number;
        return placed;
      }, []);
    const [from, by, size] = [lying(begin), lying(step), lying(counts)];
    if (by.every((one) => one === 1)) return { tensor: tf.slice(tensor, from, size), order };
    // A step along an axis is a gather: its gradient is known, as that of a strided slice is not.
    const stepped = by.reduce((cut: Tensor, one, axis) => {
      if (one === 1)
        return tf.slice(
          cut,
          starts(cut.rank, axis, from[axis] as number),
          extents(cut, axis, size[axis] as number),
        );
      const rows = Array.from({ length: size[axis] as number }, (_, i) => (from[axis] as number) + i * one);
      return tf.gather(cut, tf.tensor1d(rows, "int32"), axis);
    }, tensor);
    return { tensor: stepped, order };
  },
  known: [1, 2, 3, 4],
};

const starts = (rank: number, axis: number, from: number) =>
  Array.from({ length: rank }, (_, i) => (i === axis ? from : 0));
const extents = ({ shape }: Tensor, axis: number, size: number) =>
  shape.map((extent, i) => (i === axis ? size : extent));

function cut(call: Call): Cut & { readonly counts: readonly number[] } {
  const input = shapeOf(call, 0);
  const first = listFrom(call, 1, "starts", "starts");
  const last = listFrom(call, 2, "ends", "ends");
  const axes = (listAt(call, 3, "axes") ?? first.map((_, i) => i)).map((axis) => axisIn(input.length, axis));
  const steps = valuesOf(call, 4) ?? first.map(() => 1);
  const begin = input.map(() => 0);
  const step = input.map(() => 1);
  const counts = [...input];
  for (const [i, axis] of axes.entries()) {
    const extent = input[axis] as number;
    const by = steps[i] ?? 1;
    if (by === 0) throw new Misfit("a step other than 0", "0");
    const inside = (value: number, low: number, high: number) =>
      Math.min(high, Math.max(low, value < 0 ? value + extent : value));
    const [low, high] = by > 0 ? [0, extent] : [-1, extent - 1];
    const from = inside(first[i] as number, Math.max(low, 0), high);
    const end = last[i] as number;
    // The end of a negative step may lie before the first element.
    const to = by < 0 && end < -extent ? -1 : inside(end, low, by > 0 ? extent : extent - 1);
    begin[axis] = from;
    step[axis] = by;
    counts[axis] = Math.max(0, Math.ceil((to - from) / by));
  }
  return { begin, step, counts };
}

const split: Operator = {
  shape: (call) => {
    const input = shapeOf(call, 0);
    const { axis, sizes } = parts(call);
    return sizes.map((size) =>
      like(
        call,
        input.map((extent, i) => (i === axis ? size : extent)),
      ),
    );
  },
  forward: (call) => {
    const { tensor, order } = call.view(0);
    const { axis, sizes } = parts(call);
    return call.tf.split(tensor, [...sizes], order[axis] as number).map((tensor) => ({ tensor, order }));
  },
  known: [1],
};

function parts(call: Call): { readonly axis: number; readonly sizes: readonly number[] } {
  const input = shapeOf(call, 0);
  const axis = axisIn(input.length, numberOf(call, "axis", 0));
  const extent = input[axis] as number;
  const count = numberOf(call, "num_outputs", call.outputCount);
  const size = Math.ceil(extent / count);
  const sizes =
    listAt(call, 1, "split") ?? Array.from({ length: count }, (_, i) => Math.min(size, extent - i * size));
  if (sizes.reduce((sum, size) => sum + size, 0) !== extent)
    throw new Misfit(`parts of ${extent}`, `[${sizes.join(", ")}]`);
  return { axis, sizes };
}

/** Rows of a table, or of shapes. */
const gather: Operator = {
  shape: (call) => {
    const data = shapeOf(call, 0);
    const axis = axisIn(data.length, numberOf(call, "axis", 0));
    const [first = 1, ...others] = shapeOf(call, 1);
    const rows = isView(call, axis) ? [first * (call.batch?.size ?? 1), ...others] : shapeOf(call, 1);
    return like(call, [...data.slice(0, axis), ...rows, ...data.slice(axis + 1)]);
  },
  fold: (call) => {
    const data = shapeOf(call, 0);
    const axis = axisIn(data.length, numberOf(call, "axis", 0));
    const inner = sizeOf(data.slice(axis + 1));
    const extent = data[axis] as number;
    const values = valuesOf(call, 0) ?? [];
    const rows = (valuesOf(call, 1) ?? []).map((row) => (row < 0 ? row + extent : row));
    return Array.from({ length: sizeOf(data.slice(0, axis)) }, (_, outer) =>
      rows.flatMap((row) => {
        const from = (outer * extent + row) * inner;
        return values.slice(from, from + inner);
      }),
    ).flat();
  },
  forward: (call) => {
    const { tf } = call;
    const data = shapeOf(call, 0);
    const axis = axisIn(data.length, numberOf(call, "axis", 0));
    const row = valuesOf(call, 1);
    const table = call.plain(0);
    if (isView(call, axis)) return tf.reshape(table, targetShape(call));
    if (row?.length === 1) {
      // One row is a slice, with a plain gradient.
      const from = (row[0] as number) < 0 ? (row[0] as number) + (data[axis] as number) : (row[0] as number);
      return tf.reshape(
        tf.slice(table, starts(data.length, axis, from), extents(table, axis, 1)),
        targetShape(call),
      );
    }
    const indices = tf.cast(call.plain(1), "int32");
    return tf.reshape(tf.gather(table, tf.reshape(indices, [-1]), axis), targetShape(call));
  },
  roles: ["kernel"],
};

/** Whether all values of the only sample are taken in their order, as dynamo writes a view; those of all others are, too. */
function isView(call: Call, axis: number): boolean {
  const { batch } = call;
  if (batch?.axis !== axis || batch.inner === 1 || batch.inner * batch.size !== shapeOf(call, 0)[axis])
    return false;
  const places = shapeOf(call, 1).length === 0 ? undefined : valuesOf(call, 1);
  return places?.length === batch.inner && places.every((place, i) => place === i);
}

/** One value of an axis for each place of the indices, which are known: of masks and positions. */
const gatherElements: Operator = {
  shape: (call) => like(call, shapeOf(call, 1)),
  fold: (call) => {
    const values = valuesOf(call, 0) ?? [];
    return requestedElements(call).map((index) => values[index] ?? 0);
  },
  forward: (call) => {
    const { tf } = call;
    const flat = tf.reshape(call.plain(0), [-1]);
    return tf.reshape(tf.gather(flat, tf.tensor1d([...requestedElements(call)], "int32")), targetShape(call));
  },
  known: [1],
};

function requestedElements(call: Call): readonly number[] {
  const data = shapeOf(call, 0);
  const axis = axisIn(data.length, numberOf(call, "axis", 0));
  const strides = stridesOf(data);
  const rows = valuesOf(call, 1) ?? [];
  const indices: number[] = [];
  everyIndex(shapeOf(call, 1), (i, at) => {
    const row = rows[i] as number;
    const place = row < 0 ? row + (data[axis] as number) : row;
    indices.push(
      at.reduce((sum, other, k) => sum + (strides[k] as number) * (k === axis ? place : other), 0),
    );
  });
  return indices;
}

/** Some of the values, or those of several tensors. */
export const pieces = {
  Concat: concat,
  Slice: slice,
  Split: split,
  Gather: gather,
  GatherElements: gatherElements,
} as const satisfies Readonly<Record<string, Operator>>;
