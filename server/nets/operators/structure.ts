import type { Tensor } from "@tensorflow/tfjs-core";
import { inOrder } from "./align.ts";
import {
  axisIn,
  broadcast,
  broadcastIndex,
  type Call,
  everyIndex,
  type Forward,
  identityOrder,
  listAt,
  listOf,
  Misfit,
  numberOf,
  type Operand,
  type Operator,
  shapeOf,
  sizeOf,
  stridesOf,
  textOf,
  type View,
  valuesOf,
} from "./operator.ts";

const dtypeOf = ({ inputs }: Call) => inputs[0]?.dtype ?? "float32";
const like = (call: Call, shape: readonly number[]): Operand => ({ shape, dtype: dtypeOf(call) });
const target = (call: Forward): number[] => [...(call.outputs[0] as Operand).shape];
/** The same values in another shape. */
const unchanged: NonNullable<Operator["fold"]> = (call) => valuesOf(call, 0) ?? [];
const reshaped: Operator["forward"] = (call) => call.tf.reshape(call.plain(0), target(call));

const listFrom = (call: Call, input: number, attribute: string, what: string): readonly number[] => {
  const list = listAt(call, input, attribute);
  if (list === undefined) throw new Misfit(`${what} that can be computed beforehand`, "none");
  return list;
};

/** 0 keeps an extent, -1 stands for the rest. A batch that was written down as 1 becomes what it is now. */
const reshape: Operator = {
  shape: (call) => {
    const input = shapeOf(call, 0);
    const size = sizeOf(input);
    const keepsZeros = numberOf(call, "allowzero", 0) === 1;
    const requested = listFrom(call, 1, "shape", "a shape").map((extent, axis) =>
      extent === 0 && !keepsZeros ? (input[axis] ?? 0) : extent,
    );
    const known = requested
      .filter((extent) => extent !== -1)
      .reduce((product, extent) => product * extent, 1);
    const shape = requested.map((extent) => (extent === -1 ? size / known : extent));
    if (sizeOf(shape) === size && shape.every(Number.isInteger)) {
      // A rest that has taken in the batch is right by chance only where the batch stands first.
      return like(call, rebatched(call, requested, input) ?? shape);
    }
    const found = rebatched(call, requested, input);
    if (found === undefined || sizeOf(found) !== size)
      throw new Misfit(`a shape of ${size} values`, `[${requested.join(", ")}]`);
    return like(call, found);
  },
  fold: unchanged,
  forward: reshaped,
  known: [1],
};

/**
 * The shape that was written for one sample, for as many as there are. In memory they stand where they stood; which axis takes them
 * in is one of extent 1, else the one that is left open, else that before axes that stay or are merged, else, where they are split, the one that begins there.
 * Undefined where the shape fits as it stands.
 */
function rebatched(
  { batch }: Call,
  requested: readonly number[],
  input: readonly number[],
): number[] | undefined {
  if (batch === undefined) return undefined;
  const behind = input.slice(batch.axis + 1);
  const after = sizeOf(behind) * batch.inner;
  const fixed = requested.filter((extent) => extent !== -1).reduce((product, extent) => product * extent, 1);
  const perSample = sizeOf(input) / batch.size;
  const single = requested.map((extent) => (extent === -1 ? perSample / fixed : extent));
  if (!single.every(Number.isInteger) || sizeOf(single) !== perSample) return undefined;
  const places = single.flatMap((extent, axis) => {
    const rest = single.slice(axis + 1);
    const inner = after / sizeOf(rest);
    return Number.isInteger(inner) && extent % inner === 0 ? [{ axis, extent, inner, rest }] : [];
  });
  const found =
    places.find(({ extent }) => extent === 1) ??
    places.find(({ axis }) => requested[axis] === -1) ??
    places.find(({ inner, rest }) => inner === 1 && rest.length <= behind.length) ??
    places.find(({ extent, inner }) => inner === extent);
  return found && single.map((extent, i) => (i === found.axis ? extent * batch.size : extent));
}

const axesOf = (call: Call, rank: number, input = 1): number[] | undefined =>
  listAt(call, input, "axes")?.map((axis) => axisIn(rank, axis));

const unsqueeze: Operator = {
  shape: (call) => {
    const input = shapeOf(call, 0);
    const axes = listFrom(call, 1, "axes", "axes");
    const rank = input.length + axes.length;
    const at = new Set(axes.map((axis) => axisIn(rank, axis)));
    const rest = [...input];
    return like(
      call,
      Array.from({ length: rank }, (_, axis) => (at.has(axis) ? 1 : (rest.shift() as number))),
    );
  },
  fold: unchanged,
  forward: reshaped,
  known: [1],
};

const squeeze: Operator = {
  shape: (call) => {
    const input = shapeOf(call, 0);
    const axes = axesOf(call, input.length);
    return like(
      call,
      input.filter((extent, axis) => (axes === undefined ? extent !== 1 : !axes.includes(axis))),
    );
  },
  fold: unchanged,
  forward: reshaped,
  known: [1],
};

/** [a, b, c, d] → [a · b, c · d] */
const flatten: Operator = {
  shape: (call) => {
    const input = shapeOf(call, 0);
    const given = numberOf(call, "axis", 1);
    const axis = given < 0 ? input.length + given : given;
    return like(call, [sizeOf(input.slice(0, axis)), sizeOf(input.slice(axis))]);
  },
  forward: reshaped,
};

/** Nothing moves: the result only says how its axes lie. */
const transpose: Operator = {
  shape: (call) => {
    const input = shapeOf(call, 0);
    return like(
      call,
      permutation(call).map((axis) => input[axis] as number),
    );
  },
  fold: (call, { shape }) => {
    const strides = stridesOf(shapeOf(call, 0));
    const perm = permutation(call);
    const values = valuesOf(call, 0) ?? [];
    const moved: number[] = [];
    everyIndex(shape, (_, at) => {
      moved.push(
        values[perm.reduce((sum, axis, i) => sum + (strides[axis] as number) * (at[i] as number), 0)] ?? 0,
      );
    });
    return moved;
  },
  forward: (call) => {
    const { tensor, order } = call.view(0);
    return { tensor, order: permutation(call).map((axis) => order[axis] as number) };
  },
};

function permutation(call: Call): readonly number[] {
  const rank = shapeOf(call, 0).length;
  const perm = listOf(call, "perm") ?? identityOrder(rank).reverse();
  if (perm.length !== rank || new Set(perm).size !== rank || perm.some((axis) => !(axis >= 0 && axis < rank)))
    throw new Misfit(`a permutation of ${rank} axes`, `[${perm.join(", ")}]`);
  return perm;
}

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
    const output = target(call);
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
    return like(call, [...data.slice(0, axis), ...shapeOf(call, 1), ...data.slice(axis + 1)]);
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
    if (row?.length === 1) {
      // One row is a slice, with a plain gradient.
      const from = (row[0] as number) < 0 ? (row[0] as number) + (data[axis] as number) : (row[0] as number);
      return tf.reshape(
        tf.slice(table, starts(data.length, axis, from), extents(table, axis, 1)),
        target(call),
      );
    }
    const indices = tf.cast(call.plain(1), "int32");
    return tf.reshape(tf.gather(table, tf.reshape(indices, [-1]), axis), target(call));
  },
  roles: ["kernel"],
};

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
    return tf.reshape(tf.gather(flat, tf.tensor1d([...requestedElements(call)], "int32")), target(call));
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

const expand: Operator = {
  shape: (call) => like(call, broadcast([shapeOf(call, 0), listFrom(call, 1, "shape", "a shape")])),
  fold: (call, { shape }) => {
    const input = shapeOf(call, 0);
    const values = valuesOf(call, 0) ?? [];
    const spread: number[] = [];
    everyIndex(shape, (_, at) => {
      spread.push(values[broadcastIndex(input, at)] ?? 0);
    });
    return spread;
  },
  forward: (call) => {
    const { tf } = call;
    const shape = target(call);
    const x = call.plain(0);
    return x.shape.join() === shape.join() ? x : tf.broadcastTo(x, shape);
  },
  known: [1],
  roles: ["bias"],
};

const tile: Operator = {
  shape: (call) => {
    const repeats = listFrom(call, 1, "repeats", "repeats");
    return like(
      call,
      shapeOf(call, 0).map((extent, axis) => extent * (repeats[axis] ?? 1)),
    );
  },
  forward: (call) => call.tf.tile(call.plain(0), [...listFrom(call, 1, "repeats", "repeats")]),
  known: [1],
};

const pad: Operator = {
  shape: (call) => {
    const around = padding(call);
    return like(
      call,
      shapeOf(call, 0).map((extent, axis) => extent + (around[axis]?.[0] ?? 0) + (around[axis]?.[1] ?? 0)),
    );
  },
  forward: (call) => {
    const { tf } = call;
    const { tensor, order } = call.view(0);
    const around = padding(call);
    const lying = order.reduce<[number, number][]>((placed, place, axis) => {
      placed[place] = around[axis] as [number, number];
      return placed;
    }, []);
    const mode = textOf(call, "mode", "constant");
    const value = valuesOf(call, 2)?.[0] ?? numberOf(call, "value", 0);
    return {
      tensor: mode === "reflect" ? tf.mirrorPad(tensor, lying, "reflect") : tf.pad(tensor, lying, value),
      order,
    };
  },
  known: [1, 2, 3],
};

function padding(call: Call): [number, number][] {
  const rank = shapeOf(call, 0).length;
  const mode = textOf(call, "mode", "constant");
  if (mode !== "constant" && mode !== "reflect") throw new Misfit("the mode constant or reflect", mode);
  const list = listFrom(call, 1, "pads", "paddings");
  const axes = valuesOf(call, 3)?.map((axis) => axisIn(rank, axis)) ?? identityOrder(rank);
  const around = Array.from({ length: rank }, (): [number, number] => [0, 0]);
  for (const [i, axis] of axes.entries()) around[axis] = [list[i] ?? 0, list[i + axes.length] ?? 0];
  if (around.flat().some((extent) => extent < 0))
    throw new Misfit("paddings of 0 and more", `[${list.join(", ")}]`);
  return around;
}

/** `start` and `end` are attributes of version 15. */
const shape: Operator = {
  shape: (call) => ({ shape: [requestedExtents(call).length], dtype: "int32" }),
  fold: requestedExtents,
  foldsShape: true,
  forward: (call) => call.tf.tensor1d([...requestedExtents(call)], "int32"),
};

function requestedExtents(call: Call): readonly number[] {
  return shapeOf(call, 0).slice(
    numberOf(call, "start", 0),
    "end" in call.attributes ? numberOf(call, "end", 0) : undefined,
  );
}

const constantOfShape: Operator = {
  shape: (call) => ({
    shape: listFrom(call, 0, "shape", "a shape"),
    dtype: filler(call).dtype,
  }),
  fold: (call, { shape }) => new Array<number>(sizeOf(shape)).fill(Number(filler(call).values?.[0] ?? 0)),
  forward: (call) =>
    call.tf.fill(target(call), Number(filler(call).values?.[0] ?? 0), filler(call).dtype as "float32"),
  known: [0],
};

function filler({ attributes }: Call): Operand {
  const { value } = attributes;
  return typeof value === "object" && "dtype" in value
    ? value
    : { shape: [1], dtype: "float32", values: [0] };
}

const range: Operator = {
  shape: (call) => {
    const [from, to, by] = rangeOf(call);
    return like(call, [Math.max(0, Math.ceil((to - from) / by))]);
  },
  fold: (call, { shape: [count = 0] }) => {
    const [from, , by] = rangeOf(call);
    return Array.from({ length: count }, (_, i) => from + i * by);
  },
  forward: (call) => {
    const [from, to, by] = rangeOf(call);
    return call.tf.range(from, to, by, dtypeOf(call) as "float32");
  },
  known: [0, 1, 2],
};

const rangeOf = (call: Call) =>
  [0, 1, 2].map((input) => valuesOf(call, input)?.[0] ?? 0) as [number, number, number];

/** What lies above or below a diagonal, of masks. */
const trilu: Operator = {
  shape: (call) => like(call, shapeOf(call, 0)),
  fold: (call, { shape }) => {
    const values = valuesOf(call, 0) ?? [];
    const keeps = kept(call);
    const picked: number[] = [];
    everyIndex(shape, (index, at) => {
      picked.push(keeps(at.at(-2) as number, at.at(-1) as number) ? (values[index] ?? 0) : 0);
    });
    return picked;
  },
  forward: (call) => {
    const { tf } = call;
    const [rows = 1, columns = 1] = target(call).slice(-2);
    const keeps = kept(call);
    const mask = Array.from({ length: rows * columns }, (_, i) =>
      Number(keeps(Math.floor(i / columns), i % columns)),
    );
    return tf.mul(call.plain(0), tf.tensor2d(mask, [rows, columns], dtypeOf(call) as "float32"));
  },
  known: [1],
};

function kept(call: Call): (row: number, column: number) => boolean {
  const diagonal = valuesOf(call, 1)?.[0] ?? 0;
  const isUpper = numberOf(call, "upper", 1) === 1;
  return (row, column) => (isUpper ? column >= row + diagonal : column <= row + diagonal);
}

export const structure = {
  Reshape: reshape,
  Flatten: flatten,
  Transpose: transpose,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Concat: concat,
  Slice: slice,
  Split: split,
  Gather: gather,
  GatherElements: gatherElements,
  Expand: expand,
  Tile: tile,
  Pad: pad,
  Shape: shape,
  ConstantOfShape: constantOfShape,
  Range: range,
  Trilu: trilu,
} as const satisfies Readonly<Record<string, Operator>>;
