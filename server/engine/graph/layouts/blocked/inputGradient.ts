import { convGeometry, type WindowAttributes } from "../../kernels/geometry.ts";
import type { OnnxGraph } from "../../onnx/builder.ts";
import { reshape } from "../image.ts";
import { type Finish, type ImageSize, ofImage, type Phases, pendingPhases } from "./combination.ts";
import { type BlockedForm, input, result } from "./emission.ts";
import { backwardFilter } from "./filter.ts";
import { isFilterShape, sizeOfImage } from "./held.ts";
import { BLOCK, blockedConv, type Pads } from "./nchwc.ts";

/**
 * The gradient with respect to what a convolution reads, by convolutions of dy: one with the flipped filter for stride 1;
 * for stride s one for each remainder of the position by s, with the taps that meet positions of that remainder. No
 * zero is multiplied, as it would be if dy were spread out first.
 */
export const inputGradient: BlockedForm = (node, { graph, values }) => {
  const [dy, filter] = [input(node, "dy"), input(node, "filter")];
  const { shape } = filter;
  const dx = result(node);
  if (!isFilterShape(shape) || shape[2] < BLOCK) return false;
  const geometry = convGeometry(dx.shape, shape, node.attrs as unknown as WindowAttributes);
  if (geometry.dilations.some((dilation) => dilation !== 1)) return false;
  const [rows, columns] = ([0, 1] as const).map((axis) =>
    phasesAlong({
      size: geometry.inSize[axis],
      taps: geometry.kernel[axis],
      stride: geometry.strides[axis],
      before: geometry.before[axis],
      outputs: geometry.outSize[axis],
    }),
  ) as [AxisPhase[], AxisPhase[]];
  if ([...rows, ...columns].some(({ pads }) => pads.some((pad) => pad < 0))) return false;

  const gradient = values.blocked(dy);
  const held = values.filter(filter);
  const convolve = (row: AxisPhase, column: AxisPhase, finish: { sum?: string | undefined }): string =>
    blockedConv(graph, {
      x: gradient,
      filter: backwardFilter(graph, held, shape, { rows: row.taps, columns: column.taps }),
      kernel: [row.taps.length, column.taps.length],
      pads: [row.pads[0], column.pads[0], row.pads[1], column.pads[1]] as Pads,
      ...finish,
    });
  const [row, column] = [rows[0] as AxisPhase, columns[0] as AxisPhase];
  if (rows.length === 1 && columns.length === 1) {
    const emit = ({ factor, constant, sum, relu }: Finish): string | undefined =>
      factor !== undefined || constant !== undefined || relu ? undefined : convolve(row, column, { sum });
    values.setLazy(dx, ofImage({ emit }));
    return true;
  }
  const parts = rows.flatMap((row) =>
    columns.map(
      (column) =>
        (sum: string | undefined): string | undefined =>
          row.taps.length * column.taps.length === 0 ? undefined : convolve(row, column, { sum }),
    ),
  );
  const phases: Phases = {
    key: `${geometry.strides}`,
    parts,
    join: (tensors) => interleave(graph, tensors, { strides: geometry.strides, size: sizeOfImage(dx) }),
  };
  values.setLazy(dx, ofImage(pendingPhases(phases)));
  return true;
};

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

/** Puts the positions of every remainder where they belong, a row of blocks at a time. */
function interleave(
  graph: OnnxGraph,
  tensors: readonly (string | undefined)[],
  {
    strides: [down, across],
    size,
  }: { readonly strides: readonly [number, number]; readonly size: ImageSize },
): string {
  const { batch, channels, height, width } = size;
  const [rows, columns] = [Math.ceil(height / down), Math.ceil(width / across)];
  const images = (batch * channels) / BLOCK;
  const zero = (): string =>
    graph.node("Expand", [graph.float32(0), graph.int64([batch, channels, rows, columns])]);
  const parts = tensors.map((tensor) => tensor ?? zero());
  const lines = Array.from({ length: down }, (_, row) => {
    const own = parts.slice(row * across, (row + 1) * across);
    if (own.length === 1) return reshape(graph, own[0] as string, [images * rows, 1, columns * BLOCK]);
    const stacked = own.map((part) => reshape(graph, part, [images * rows * columns, 1, BLOCK]));
    return reshape(graph, graph.node("Concat", stacked, { axis: 1 }), [
      images * rows,
      1,
      columns * across * BLOCK,
    ]);
  });
  const joined = lines.length === 1 ? (lines[0] as string) : graph.node("Concat", lines, { axis: 1 });
  const whole = reshape(graph, joined, [images, rows * down, columns * across, BLOCK]);
  if (rows * down === height && columns * across === width)
    return reshape(graph, whole, [batch, channels, height, width]);
  const cut = graph.node("Slice", [
    whole,
    graph.int64([0, 0]),
    graph.int64([height, width]),
    graph.int64([1, 2]),
  ]);
  return reshape(graph, cut, [batch, channels, height, width]);
}
