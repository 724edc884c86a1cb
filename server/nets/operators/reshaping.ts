import { sizeOf } from "../../sizeOf.ts";
import {
  axisIn,
  type Call,
  everyIndex,
  identityOrder,
  like,
  listAt,
  listFrom,
  listOf,
  Misfit,
  numberOf,
  type Operator,
  shapeOf,
  stridesOf,
  targetShape,
  valuesOf,
} from "./operator.ts";

/** The same values in another shape. */
const unchanged: NonNullable<Operator["fold"]> = (call) => valuesOf(call, 0) ?? [];
const reshaped: Operator["forward"] = (call) => call.tf.reshape(call.plain(0), targetShape(call));

/** 0 keeps an extent, -1 stands for the rest. A batch that was written down as 1 becomes what it is now. */
const reshape: Operator = {
  shape: (call) => {
    const input = shapeOf(call, 0);
    const size = sizeOf(input);
    const keepsZeros = numberOf(call, "allowzero", 0) === 1;
    const written = listFrom(call, 1, "shape", "a shape");
    const isKept = (axis: number) => written[axis] === 0 && !keepsZeros;
    const requested = written.map((extent, axis) => (isKept(axis) ? (input[axis] ?? 0) : extent));
    const known = requested
      .filter((extent) => extent !== -1)
      .reduce((product, extent) => product * extent, 1);
    const shape = requested.map((extent) => (extent === -1 ? size / known : extent));
    // Where the samples' axis is kept, a batch that divides another extent is no reason to move it.
    const inBatch = call.batch && isKept(call.batch.axis) ? undefined : rebatched(call, requested, input);
    if (sizeOf(shape) === size && shape.every(Number.isInteger)) {
      // A rest that has taken in the batch is right by chance only where the batch stands first.
      return like(call, inBatch ?? shape);
    }
    if (inBatch === undefined || sizeOf(inBatch) !== size)
      throw new Misfit(`a shape of ${size} values`, `[${requested.join(", ")}]`);
    return like(call, inBatch);
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
  const fixed = sizeOf(requested.filter((extent) => extent !== -1));
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

/** All values, in another shape or with their axes in another order. */
export const reshaping = {
  Reshape: reshape,
  Flatten: flatten,
  Transpose: transpose,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
} as const satisfies Readonly<Record<string, Operator>>;
