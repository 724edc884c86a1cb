import { input, type Operations, output } from "../../compositions/operations.ts";
import type { Value } from "../../graph.ts";
import { convGeometry, type Geometry, type WindowAttributes } from "../../kernels/geometry.ts";
import { backwardFilter, type FilterShape } from "./blockedFilter.ts";
import type { BlockedLowering } from "./blockedLowering.ts";
import { sizeOfImage } from "./blockedValues.ts";
import { type Finish, type ImageSize, ofImage, type Pending, pendingPhases } from "./combination.ts";
import { fewestChannels } from "./filledChannels.ts";
import { interleave } from "./interleave.ts";
import { blockedConv, type ConvolutionNode, type Pads } from "./nchwc.ts";

export const inputGradient: BlockedLowering = (node, { ops, values }) => {
  const [dy, filter] = [input(node, "dy"), input(node, "filter")];
  const shape = filter.shape as unknown as FilterShape;
  const dx = output(node);
  if (shape[2] < fewestChannels || shape[3] < fewestChannels) return false;
  const geometry = convGeometry(dx.shape, shape, node.attrs as unknown as WindowAttributes);
  const gradient = gradientByPhases(ops, {
    geometry,
    size: sizeOfImage(dx),
    dy: () => values.blocked(dy),
    filterOf: (taps) => ({ filter: backwardFilter(ops, values.filter(filter), shape, taps) }),
  });
  if (gradient !== undefined) values.setLazy(dx, ofImage(gradient));
  return gradient !== undefined;
};

/** Some taps of a filter, in the order in which a convolution applies them. */
export interface Taps {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

interface Gradient {
  readonly geometry: Geometry;
  /** Of the gradient. */
  readonly size: ImageSize;
  readonly dy: () => Value;
  readonly filterOf: (taps: Taps) => Pick<ConvolutionNode, "filter" | "group">;
}

/**
 * The gradient with respect to what a convolution reads, by convolutions of dy: one with the flipped filter for stride 1;
 * for stride s one for each remainder of the position by s, with the taps that meet positions of that remainder. No
 * zero is multiplied, as it would be if dy were spread out first. Undefined where this does not apply.
 */
export function gradientByPhases(
  ops: Operations,
  { geometry, size, dy, filterOf }: Gradient,
): Pending | undefined {
  if (geometry.dilations.some((dilation) => dilation !== 1)) return undefined;
  const [rows, columns] = ([0, 1] as const).map((axis) =>
    phasesAlong({
      size: geometry.inSize[axis],
      taps: geometry.kernel[axis],
      stride: geometry.strides[axis],
      before: geometry.before[axis],
      outputs: geometry.outSize[axis],
    }),
  ) as [AxisPhase[], AxisPhase[]];
  if ([...rows, ...columns].some(({ pads }) => pads.some((pad) => pad < 0))) return undefined;

  const gradient = dy();
  const convolve = (row: AxisPhase, column: AxisPhase, finish: { sum?: Value | undefined }): Value =>
    blockedConv(ops, {
      x: gradient,
      ...filterOf({ rows: row.taps, columns: column.taps }),
      kernel: [row.taps.length, column.taps.length],
      pads: [row.pads[0], column.pads[0], row.pads[1], column.pads[1]] as Pads,
      ...finish,
    });
  const [row, column] = [rows[0] as AxisPhase, columns[0] as AxisPhase];
  if (rows.length === 1 && columns.length === 1) {
    const emit = ({ factor, constant, sum, relu }: Finish): Value | undefined =>
      factor !== undefined || constant !== undefined || relu ? undefined : convolve(row, column, { sum });
    return { emit };
  }
  const parts = rows.flatMap((row) =>
    columns.map(
      (column) =>
        (sum: Value | undefined): Value | undefined =>
          row.taps.length * column.taps.length === 0 ? undefined : convolve(row, column, { sum }),
    ),
  );
  const partSize = geometry.inSize.map((size, axis) =>
    Math.ceil(size / (geometry.strides[axis] as number)),
  ) as unknown as readonly [number, number];
  return pendingPhases({
    key: `${geometry.strides}`,
    parts,
    join: (tensors) => interleave(ops, tensors, { steps: geometry.strides, parts: partSize, size }),
  });
}

/** The convolution of dy, along one axis, that gives the positions of one remainder. */
interface AxisPhase {
  /** The taps, in the order in which the convolution applies them. */
  readonly taps: readonly number[];
  readonly pads: readonly [before: number, after: number];
}

/**
 * An output o reads position i with tap k = i + before − s·o. Of positions i = s·q + r it is read with the taps
 * k = k₀ + s·j where k₀ = (r + before) mod s, by the outputs o = q + ⌊(r + before) / s⌋ − j. As a convolution of dy
 * the taps come in descending order, and J − 1 − ⌊(r + before) / s⌋ zeros before dy. Every remainder gets ⌈size / s⌉ positions;
 * what lies outside is cut off when they are joined.
 */
function phasesAlong({
  size,
  taps,
  stride,
  before,
  outputs,
}: {
  readonly size: number;
  readonly taps: number;
  readonly stride: number;
  readonly before: number;
  readonly outputs: number;
}): AxisPhase[] {
  const count = Math.ceil(size / stride);
  return Array.from({ length: stride }, (_, remainder): AxisPhase => {
    const first = (remainder + before) % stride;
    const own = Array.from(
      { length: Math.max(0, Math.ceil((taps - first) / stride)) },
      (_, j) => first + stride * j,
    );
    if (own.length === 0) return { taps: [], pads: [0, 0] };
    const padBefore = own.length - 1 - Math.floor((remainder + before) / stride);
    return { taps: own.toReversed(), pads: [padBefore, count + own.length - 1 - outputs - padBefore] };
  });
}
