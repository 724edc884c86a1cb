import type { Value } from "../graph.ts";
import { type Position, readersOf, type Windows } from "../slidingWindows.ts";
import { addUp, chunksOf, columnsOf, type ImageRows, planScatter, whole } from "./imageRows.ts";
import type { Operations } from "./operations.ts";

/** A filter as a matrix, its rows in the order of the columns that it is multiplied with: see {@link columnsOf}. */
export interface FilterMatrix {
  /** [channels · taps, outputs] with the batch innermost, [taps · channels, outputs] with the channels innermost. */
  readonly filter: Value;
  readonly windows: Windows;
}

/**
 * A convolution is one matrix product for the windows of all outputs: [outer, outputs · inner]. With the batch innermost
 * filter^T · columns is the fast orientation (twice the FLOPs per second).
 */
export function convolve(
  ops: Operations,
  image: ImageRows,
  { filter, windows, outputs }: FilterMatrix & { readonly outputs: readonly Position[] },
): Value {
  const products = chunksOf(outputs, image, windows).map((chunk) => {
    const columns = columnsOf(ops, image, { windows, outputs: chunk });
    if (image.order === "batchInnermost") return ops.product(filter, columns, { transposeA: true });
    const made = filter.shape[1] as number; // channels
    return ops.reshape(ops.product(columns, filter), [image.batch, chunk.length * made]);
  });
  return ops.concat(products, 1);
}

/**
 * dx[p, i] = Σ over taps t and channels o of dy[reader(p, t), o] W[t, i, o], where reader(p, t) is the output position whose
 * tap t reads p: a convolution of dy with the filter's channels swapped.
 */
export function gatherGradient(
  ops: Operations,
  dy: ImageRows,
  { filter, windows, positions }: FilterMatrix & { readonly positions: readonly Position[] },
): Value {
  const { taps } = windows;
  const outputs = dy.channels;
  const channels = (filter.shape[0] as number) / taps;
  const turned =
    dy.order === "batchInnermost"
      ? ops.transpose(ops.reshape(filter, [channels, taps, outputs]), [2, 1, 0])
      : ops.transpose(ops.reshape(filter, [taps, channels, outputs]), [0, 2, 1]);
  return convolve(ops, dy, {
    filter: ops.reshape(turned, [outputs * taps, channels]),
    windows: readersOf(windows),
    outputs: positions,
  });
}

/** With the batch innermost: filter · dy gives each output's contribution to each tap; col2im adds them up. */
export function scatterGradient(
  ops: Operations,
  dy: ImageRows,
  { filter, windows, positions }: FilterMatrix & { readonly positions: readonly Position[] },
): Value {
  const outputs = dy.parts.flat();
  const { from, needsZero } = planScatter(windows, { outputs, positions });
  const columns = ops.product(filter, whole(ops, dy, needsZero ? 0 : undefined));
  const stride = outputs.length + Number(needsZero);
  return addUp(ops, columns, {
    rows: from.map((list) => list.map(({ tap, index }) => tap * stride + index)),
    height: windows.taps * stride,
    image: { ...dy, channels: (filter.shape[0] as number) / windows.taps },
  });
}
