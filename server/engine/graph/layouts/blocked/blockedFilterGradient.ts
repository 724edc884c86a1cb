import { sizeOf } from "../../../../sizeOf.ts";
import { input, type Operations, output } from "../../compositions/operations.ts";
import type { Value } from "../../graph.ts";
import { convGeometry, type Geometry, type WindowAttributes } from "../../kernels/geometry.ts";
import { blockedFilterShape, type FilterShape, fromBlockedFilter } from "./blockedFilter.ts";
import type { BlockedLowering, Emission } from "./blockedLowering.ts";
import { isFilterShape } from "./blockedValues.ts";
import { fewestChannels, filled } from "./filledChannels.ts";
import { BLOCK, blockedConv, fromBlocks, toBlocks } from "./nchwc.ts";

/**
 * dW[k, l, c, o] = Σ over samples b and outputs (i, j) of x[b, i·s + k − before, j·s + l − before, c] · dy[b, i, j, o]
 * is a convolution, too: the samples are its input channels, dy is its filter, as large as the map and dilated by the
 * stride, and its output positions are the taps. x is padded along its rows and seen as [1, B, H, W'·C]: then the
 * channels of a tap lie side by side in the output, whose rows are w·C wide (full vectors even for few taps), and
 * W' is such that there are w taps. Blocks hold 16 samples; each is a group of the convolution, and the groups are
 * added up. Nothing is gathered into columns.
 */
export const filterGradient: BlockedLowering = (node, emission) => {
  const [x, dy] = [input(node, "x"), input(node, "dy")];
  const shape = output(node).shape as unknown as FilterShape;
  if (shape[3] < fewestChannels) return false;
  const geometry = convGeometry(x.shape, shape, node.attrs as unknown as WindowAttributes);
  const { kernel, dilations, after } = geometry;
  const channels = shape[2];
  if (dilations.some((dilation) => dilation !== 1)) return false;
  const isPoint = kernel[0] === 1 && kernel[1] === 1;
  const { ops, values } = emission;
  const isRowMajor = channels < BLOCK && !values.isImage(x);
  if (isPoint && (isRowMajor || geometry.before.some((pad) => pad > 0))) return false;
  if (!isPoint && after.some((pad) => pad < 0)) return false; // rows that no window reads would have to be cut off

  const read = isPoint
    ? pointInput(emission, x, geometry)
    : windowInput(emission, x, { ...geometry, isRowMajor });
  const groups = Math.ceil(geometry.batch / BLOCK);
  const outputs = filled(shape[3]);
  const sums = blockedConv(ops, {
    x: toBlocks(ops, read.tensor, { channelsLast: false }),
    filter: asFilter(ops, values.blocked(dy), { ...geometry, outputs, groups }),
    group: groups,
    kernel: geometry.outSize,
    dilations: [read.strides[0], read.strides[1] * channels],
    pads: isPoint ? [0, 0, 0, 0] : [geometry.before[0], 0, after[0], 0],
  });
  const blocked = ops.reshape(added(ops, sums, groups), blockedFilterShape(shape));
  if (isFilterShape(shape)) values.setFilter(output(node), blocked);
  else values.setNatural(output(node), fromBlockedFilter(ops, blocked, shape));
  return true;
};

/** The sum of groups, as a product with ones: the runtime computes it in a quarter of the time of a ReduceSum. */
function added(ops: Operations, sums: Value, groups: number): Value {
  if (groups === 1) return sums;
  return ops.product(ops.uniform([1, groups], 1), ops.reshape(sums, [groups, sizeOf(sums.shape) / groups]));
}

/** x as [1, samples, H, W'·C], the samples filled up to whole blocks, and how far apart windows are in it. */
interface ReadInput {
  readonly tensor: Value;
  readonly strides: readonly [number, number];
}

/** Of a 1×1 filter only the positions that it reads. */
function pointInput({ ops, values }: Emission, x: Value, geometry: Geometry): ReadInput {
  const { batch, inChannels, outSize, strides } = geometry;
  const isWhole = strides.every((stride) => stride === 1);
  const taken = isWhole ? values.blocked(x) : ownPositions(ops, values.blocked(x), geometry);
  const rows = rowsOf(ops, taken, inChannels);
  return {
    tensor: asSamples(ops, rows, { batch, height: outSize[0], row: outSize[1] * inChannels }),
    strides: [1, 1],
  };
}

const ownPositions = (ops: Operations, image: Value, { inChannels, strides }: Geometry): Value =>
  blockedConv(ops, { ...ones(ops, inChannels), x: image, strides });

function windowInput(
  { ops, values }: Emission,
  x: Value,
  geometry: Geometry & { readonly isRowMajor: boolean },
): ReadInput {
  const { batch, inChannels, inSize, before, after, strides, isRowMajor } = geometry;
  const pads = [before[1], after[1]] as const;
  const row = (inSize[1] + before[1] + after[1]) * inChannels;
  const padded = isRowMajor ? padRows(ops, values.natural(x), pads) : undefined;
  const rows =
    padded ??
    rowsOf(
      ops,
      pads.every((pad) => pad === 0)
        ? values.blocked(x)
        : // A pass of a convolution pads on all threads.
          blockedConv(ops, {
            ...ones(ops, inChannels),
            x: values.blocked(x),
            pads: [0, pads[0], 0, pads[1]],
          }),
      inChannels,
    );
  return { tensor: asSamples(ops, rows, { batch, height: inSize[0], row }), strides };
}

/** A depthwise convolution that changes nothing but where positions are. */
const ones = (ops: Operations, channels: number) => ({
  filter: ops.uniform([filled(channels), 1, 1, 1], 1),
  group: filled(channels),
  kernel: [1, 1] as const,
});

const padRows = (ops: Operations, image: Value, [before, after]: readonly [number, number]): Value =>
  ops.pad(image, [
    [0, 0],
    [0, 0],
    [before, after],
    [0, 0],
  ]);

/** In blocks → [B, H, W, C]; with one block they are the same. */
const rowsOf = (ops: Operations, image: Value, channels: number): Value =>
  channels === BLOCK ? image : fromBlocks(ops, image, channels);

function asSamples(
  ops: Operations,
  rows: Value,
  { batch, height, row }: { readonly batch: number; readonly height: number; readonly row: number },
): Value {
  const filled = Math.ceil(batch / BLOCK) * BLOCK;
  const samples = ops.reshape(rows, [1, batch, height, row]);
  return filled === batch
    ? samples
    : ops.pad(samples, [
        [0, 0],
        [0, filled - batch],
        [0, 0],
        [0, 0],
      ]);
}

/** The order of dy as a filter, by the runs of a sample. */
const known = new WeakMap<Operations, Map<number, Value>>();

/**
 * dy [B, O/16, positions, 16 of O] → [B/16, O/16, positions, 16 of B, 16 of O], a filter of B/16 groups. A Gather of
 * runs of 16 rather than a Transpose, which uses one thread.
 */
function asFilter(
  ops: Operations,
  dy: Value,
  {
    batch,
    outputs,
    outSize,
    groups,
  }: {
    readonly batch: number;
    readonly outputs: number;
    readonly outSize: readonly [number, number];
    readonly groups: number;
  },
): Value {
  const runs = (outputs / BLOCK) * outSize[0] * outSize[1]; // of a sample
  const filled = groups * BLOCK;
  const samples = ops.reshape(dy, [batch, runs * BLOCK]);
  const all =
    filled === batch
      ? samples
      : ops.pad(samples, [
          [0, filled - batch],
          [0, 0],
        ]);
  const stacked = ops.reshape(all, [groups, BLOCK * runs, BLOCK]);
  const indices = known.get(ops) ?? new Map<number, Value>();
  known.set(ops, indices);
  const order =
    indices.get(runs) ??
    ops.indices(
      Int32Array.from({ length: runs * BLOCK }, (_, i) => (i % BLOCK) * runs + Math.floor(i / BLOCK)),
    );
  indices.set(runs, order);
  const turned = ops.of("GatherV2", { x: stacked, indices: order }, { axis: 1, batchDims: 0 });
  return ops.reshape(turned, [groups * outputs, BLOCK, ...outSize]);
}
