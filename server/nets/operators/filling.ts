import { sizeOf } from "../../sizeOf.ts";
import {
  axisIn,
  broadcast,
  broadcastIndex,
  type Call,
  dtypeOf,
  everyIndex,
  identityOrder,
  like,
  listFrom,
  Misfit,
  numberOf,
  type Operand,
  type Operator,
  shapeOf,
  targetShape,
  textOf,
  valuesOf,
} from "./operator.ts";

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
    const shape = targetShape(call);
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
    call.tf.fill(targetShape(call), Number(filler(call).values?.[0] ?? 0), filler(call).dtype as "float32"),
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
    const [rows = 1, columns = 1] = targetShape(call).slice(-2);
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

/** Values repeated, added around others, made of shapes, or left out by zeros. */
export const filling = {
  Expand: expand,
  Tile: tile,
  Pad: pad,
  Shape: shape,
  ConstantOfShape: constantOfShape,
  Range: range,
  Trilu: trilu,
} as const satisfies Readonly<Record<string, Operator>>;
