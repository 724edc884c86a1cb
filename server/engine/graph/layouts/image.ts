import type { DType } from "../../program.ts";
import type { OnnxGraph } from "../onnx/builder.ts";
import { type Parts, sameParts } from "./arrangement.ts";
import type { Position, Windows } from "./windows.ts";

/** An image in the ONNX graph: one tensor [channels, positions · batch] for each part. */
export interface Image {
  readonly dtype: DType;
  readonly batch: number;
  readonly channels: number;
  readonly parts: Parts;
  readonly tensors: readonly string[];
}

export const positionCount = (image: Image): number =>
  image.parts.reduce((count, part) => count + part.length, 0);

/** What stands at positions that the image does not hold: zero outside its support, the lowest float in a max pool. */
export type Fill = number;

export const reshape = (graph: OnnxGraph, tensor: string, shape: readonly number[]): string =>
  graph.node("Reshape", [tensor, graph.int64(shape)]);

/** All parts side by side, [channels, positions · batch], with a row of `fill` behind them if one is given. */
export function whole(graph: OnnxGraph, image: Image, fill?: Fill): string {
  const tensors = [...image.tensors];
  if (fill !== undefined) {
    tensors.push(
      graph.node("Expand", [graph.scalar(fill, image.dtype), graph.int64([image.channels, image.batch])]),
    );
  }
  return beside(graph, tensors);
}

export const beside = (graph: OnnxGraph, tensors: readonly string[]): string =>
  tensors.length === 1 ? (tensors[0] as string) : graph.node("Concat", tensors, { axis: 1 });

/**
 * The image at a list of positions, in that order and with repetitions: [channels, positions · batch]. Every index
 * copies `batch` neighbouring floats. A list that is one of the parts costs nothing.
 */
export function take(graph: OnnxGraph, image: Image, positions: readonly Position[], fill: Fill = 0): string {
  const part = image.parts.findIndex((part) => sameParts([part], [positions]));
  if (part >= 0) return image.tensors[part] as string;
  const index = new Map(image.parts.flat().map((position, i) => [position, i]));
  const missing = positions.some((position) => !index.has(position));
  const all = whole(graph, image, missing ? fill : undefined);
  const indices = positions.map((position) => index.get(position) ?? index.size);
  const stacked = reshape(graph, all, [image.channels, index.size + Number(missing), image.batch]);
  const taken = graph.node("Gather", [stacked, graph.int64(indices)], { axis: 1 });
  return reshape(graph, taken, [image.channels, positions.length * image.batch]);
}

/**
 * im2col: the columns that a convolution's Gemm multiplies with the filter, [channels · taps, outputs · batch]. The
 * forward pass and the filter's gradient use the same ones.
 */
export function columnsOf(
  graph: OnnxGraph,
  image: Image,
  { windows, outputs }: { readonly windows: Windows; readonly outputs: readonly Position[] },
): string {
  const read: Position[] = [];
  for (let tap = 0; tap < windows.taps; tap++)
    for (const output of outputs) read.push(windows.at(output, tap));
  const shape = [image.channels * windows.taps, outputs.length * image.batch];
  return reshape(graph, take(graph, image, read), shape);
}

/**
 * Columns up to this size are gathered whole, and once for the forward pass and the filter's gradient. Larger ones are
 * gathered a chunk of positions at a time, which stays in the cache, and again for the gradient: they would take many
 * times the memory of the maps if they were kept. ResNet-20 at 32×32 then takes 650 instead of 750 ms of processor
 * time and half of the memory.
 */
const wholeColumns = 32 * 2 ** 20; // bytes
const smallestChunk = 2 * 2 ** 20; // bytes
const mostChunks = 64;

/** Divides output positions into the chunks that are gathered at a time. @param rows of the columns */
export function chunksOf(
  outputs: readonly Position[],
  { rows, batch }: { readonly rows: number; readonly batch: number },
): (readonly Position[])[] {
  const bytes = rows * batch * 4; // of one position
  if (outputs.length * bytes <= wholeColumns) return [outputs];
  const size = Math.ceil(Math.max(smallestChunk / bytes, outputs.length / mostChunks));
  const count = Math.ceil(outputs.length / size);
  return Array.from({ length: count }, (_, i) => outputs.slice(i * size, (i + 1) * size));
}

/** For each position that windows hand something to: which rows (tap, output) of the columns add up to it. */
export interface Scatter {
  readonly positions: readonly Position[];
  readonly rows: readonly (readonly number[])[];
  /** Some position gets less than others, so the columns need a zero row at the end of every tap. */
  readonly needsZero: boolean;
}

export function planScatter(
  windows: Windows,
  { outputs, positions }: { readonly outputs: readonly Position[]; readonly positions: readonly Position[] },
): Scatter {
  const contributions = new Map<Position, (readonly [tap: number, index: number])[]>(
    positions.map((position) => [position, []]),
  );
  for (let tap = 0; tap < windows.taps; tap++) {
    outputs.forEach((output, index) => {
      contributions.get(windows.at(output, tap))?.push([tap, index]);
    });
  }
  const counts = [...contributions.values()].map((rows) => rows.length);
  const needsZero = counts.some((count) => count !== counts[0]) || counts[0] === 0;
  const stride = outputs.length + Number(needsZero);
  const rows = [...contributions.values()].map((list) => list.map(([tap, index]) => tap * stride + index));
  return { positions, rows, needsZero };
}

/**
 * col2im: adds up what the windows hand to each position. `columns` holds [channels, taps · outputs, batch]; the result
 * is [channels, positions · batch]. A Gather and a sum, because ScatterND loses additions when two threads share it.
 */
export function scatterColumns(
  graph: OnnxGraph,
  columns: string,
  { scatter, height, channels, batch }: { scatter: Scatter; height: number; channels: number; batch: number },
): string {
  const most = Math.max(1, ...scatter.rows.map((rows) => rows.length));
  const zero = height - 1;
  const indices: number[] = [];
  for (let i = 0; i < most; i++) for (const rows of scatter.rows) indices.push(rows[i] ?? zero);
  const width = scatter.positions.length * batch;
  const asItIs = indices.length === height && indices.every((index, i) => index === i);
  const stacked = reshape(graph, columns, [channels, height, batch]);
  const gathered = asItIs ? stacked : graph.node("Gather", [stacked, graph.int64(indices)], { axis: 1 });
  if (most === 1) return reshape(graph, gathered, [channels, width]);
  return graph.node("ReduceSum", [reshape(graph, gathered, [channels, most, width]), graph.int64([1])], {
    keepdims: 0,
  });
}
