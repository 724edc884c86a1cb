import type { Value } from "../graph.ts";
import { OUTSIDE, type Position, positions, type Windows } from "../slidingWindows.ts";
import {
  addUp,
  chunksOf,
  type Fill,
  type ImageRows,
  innerOf,
  outerOf,
  planScatter,
  take,
  whole,
} from "./imageRows.ts";
import type { Operations } from "./operations.ts";

interface Area {
  readonly windows: Windows;
  readonly outputs: readonly Position[];
}

/** What a max pool reads in the padding: below any float that a network computes, and finite. */
const LOWEST = -3.4e38;

/** For each tap, the input positions under it, [outer, outputs · inner]. */
const underTaps = (ops: Operations, image: ImageRows, { windows, outputs }: Area, padding: Fill): Value[] =>
  positions(windows.taps).map((tap) =>
    take(
      ops,
      image,
      outputs.map((output) => windows.at(output, tap)),
      padding,
    ),
  );

/** The maximum of one tensor for each tap; where the image is split by taps these are its parts. */
export const maxPool = (ops: Operations, image: ImageRows, area: Area): Value =>
  pairwise(underTaps(ops, image, area, LOWEST), ops.maximum);

/**
 * What each tap of the outputs' windows gets of a max pool's gradient: it goes to the first tap that equals the maximum, in
 * reading order, as in tfjs. Each tap's share is subtracted before the next, and the last tap takes the rest.
 */
export function maxPoolShares(
  ops: Operations,
  { x, y, dy }: { readonly x: ImageRows; readonly y: ImageRows; readonly dy: ImageRows },
  area: Area,
): Value[] {
  const maximum = take(ops, y, area.outputs);
  let rest = take(ops, dy, area.outputs);
  return underTaps(ops, x, area, LOWEST).map((tap, i, taps) => {
    if (i === taps.length - 1) return rest;
    const share = ops.mul(rest, ops.floatOf(ops.equal(tap, maximum)));
    rest = ops.sub(rest, share);
    return share;
  });
}

/** The sum of one tensor for each tap, divided by the number of positions of the window that lie inside the map. */
export function averagePool(ops: Operations, image: ImageRows, area: Area): Value {
  const { windows, outputs } = area;
  const sum = ops.of("AddN", { tensors: underTaps(ops, image, area, 0) });
  const factors = outputs.map(
    (output) => 1 / positions(windows.taps).filter((tap) => windows.at(output, tap) !== OUTSIDE).length,
  );
  const [first = 1] = factors;
  if (factors.every((factor) => factor === first)) return ops.mul(sum, ops.number(first));
  const [outer, inner] = [outerOf(image), innerOf(image)];
  const stacked = ops.reshape(sum, [outer, factors.length, inner]);
  const scaled = ops.mul(stacked, ops.floats([1, factors.length, 1], factors));
  return ops.reshape(scaled, [outer, factors.length * inner]);
}

/** Every tap of a window gets the same share, 1 / taps (padding included, as in tfjs). */
export function averagePoolShares(ops: Operations, dy: ImageRows, { windows, outputs }: Area): Value[] {
  const share = ops.mul(take(ops, dy, outputs), ops.number(1 / windows.taps));
  return positions(windows.taps).map(() => share);
}

/** Adds up the shares, one tensor for each tap, at the positions that they are for: [outer, positions · inner]. */
export function addShares(
  ops: Operations,
  shares: readonly Value[],
  {
    image,
    windows,
    outputs,
    positions,
  }: Area & {
    /** Of the size and order of the result. */
    readonly image: ImageRows;
    readonly positions: readonly Position[];
  },
): Value {
  const isOne = shares.every((share) => share === shares[0]);
  const chunks = image.order === "batchInnermost" ? [positions] : chunksOf(positions, image, windows);
  const sums = chunks.map((chunk) => {
    const own = chunks.length === 1 ? outputs : readingSome(windows, outputs, chunk);
    const { from, needsZero } = planScatter(windows, { outputs: own, positions: chunk });
    const given = (isOne ? shares.slice(0, 1) : shares).map((share) =>
      take(ops, { ...image, parts: [outputs], tensors: [share] }, own),
    );
    const tensors = { ...image, parts: given.map(() => own), tensors: given };
    return addUp(ops, whole(ops, tensors, needsZero ? 0 : undefined), {
      rows: from.map((list) => list.map(({ tap, index }) => (isOne ? 0 : tap * own.length) + index)),
      height: given.length * own.length + Number(needsZero),
      image,
    });
  });
  return ops.concat(sums, 1);
}

/** The outputs whose windows reach one of the positions. */
function readingSome(
  windows: Windows,
  outputs: readonly Position[],
  wanted: readonly Position[],
): Position[] {
  const found = new Set(wanted);
  return outputs.filter((output) =>
    positions(windows.taps).some((tap) => found.has(windows.at(output, tap))),
  );
}

/** A balanced tree, so that half of the comparisons do not wait for the other half. */
function pairwise(tensors: readonly Value[], combine: (a: Value, b: Value) => Value): Value {
  const [first, second, ...others] = tensors;
  if (second === undefined) return first as Value;
  if (others.length === 0) return combine(first as Value, second);
  const middle = Math.ceil(tensors.length / 2);
  return combine(pairwise(tensors.slice(0, middle), combine), pairwise(tensors.slice(middle), combine));
}
