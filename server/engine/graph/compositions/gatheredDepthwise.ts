import type { Value } from "../graph.ts";
import { type Position, readersOf, type Windows } from "../slidingWindows.ts";
import { addUp, chunksOf, columnsOf, type ImageRows, planScatter, whole } from "./imageRows.ts";
import type { Operations } from "./operations.ts";

/** A filter of a depthwise convolution. */
export interface DepthwiseFilter {
  /** [channels · taps, multiplier] with the batch innermost, [taps · channels, multiplier] with the channels innermost. */
  readonly filter: Value;
  readonly windows: Windows;
}

/** y[p, c, m] = Σ over taps t of x[read(p, t), c] W[t, c, m], as [outer, outputs · inner] */
export function convolveDepthwise(
  ops: Operations,
  image: ImageRows,
  { filter, windows, outputs }: DepthwiseFilter & { readonly outputs: readonly Position[] },
): Value {
  const { channels, batch } = image;
  const { taps } = windows;
  const multiplier = filter.shape[1] as number;
  if (image.order === "batchInnermost") {
    // One small product for each channel.
    const weights = ops.transpose(ops.reshape(filter, [channels, taps, multiplier]), [0, 2, 1]);
    const width = outputs.length * batch;
    const columns = ops.reshape(columnsOf(ops, image, { windows, outputs }), [channels, taps, width]);
    return ops.reshape(ops.product(weights, columns), [channels * multiplier, width]);
  }
  const weights = ops.reshape(filter, [taps, channels, multiplier]);
  const sums = chunksOf(outputs, image, windows).map((chunk) => {
    const columns = columnsOf(ops, image, { windows, outputs: chunk });
    const read = ops.reshape(columns, [batch * chunk.length, taps, channels, 1]);
    return ops.reshape(ops.sum(ops.mul(read, weights), [1]), [batch, chunk.length * channels * multiplier]);
  });
  return ops.concat(sums, 1);
}

/** dx[p, c] = Σ over taps t and multiples m of dy[reader(p, t), c, m] W[t, c, m], as [outer, positions · inner] */
export function depthwiseGradient(
  ops: Operations,
  dy: ImageRows,
  { filter, windows, positions }: DepthwiseFilter & { readonly positions: readonly Position[] },
): Value {
  const { batch } = dy;
  const { taps } = windows;
  const multiplier = filter.shape[1] as number;
  const channels = dy.channels / multiplier;
  if (dy.order === "batchInnermost") {
    const outputs = dy.parts.flat();
    const { from, needsZero } = planScatter(windows, { outputs, positions });
    const stride = outputs.length + Number(needsZero);
    const given = whole(ops, dy, needsZero ? 0 : undefined);
    const columns = ops.product(
      ops.reshape(filter, [channels, taps, multiplier]),
      ops.reshape(given, [channels, multiplier, stride * batch]),
    );
    const rows = from.map((list) => list.map(({ tap, index }) => tap * stride + index));
    return addUp(ops, columns, { rows, height: taps * stride, image: { ...dy, channels } });
  }
  const readers = readersOf(windows);
  const weights = ops.reshape(filter, [taps, channels, multiplier]);
  const sums = chunksOf(positions, dy, windows).map((chunk) => {
    const columns = columnsOf(ops, dy, { windows: readers, outputs: chunk });
    const read = ops.reshape(columns, [batch * chunk.length, taps, channels, multiplier]);
    return ops.reshape(ops.sum(ops.mul(read, weights), [1, 3]), [batch, chunk.length * channels]);
  });
  return ops.concat(sums, 1);
}
