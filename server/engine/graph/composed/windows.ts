import type { Value } from "../graph.ts";
import { type Geometry, readPositions } from "../kernels/geometry.ts";
import type { Rewriter } from "../passes/rewrite.ts";
import { kernelsOf } from "./composed.ts";

/** An image that is read, as rows of channels: [batch, positions, channels]. */
export interface Rows {
  readonly rows: Value;
  readonly batch: number;
  readonly positions: number;
  readonly channels: number;
}

/** Which rows are read, `width` of them for each result; {@link OUTSIDE} reads padding. */
export interface Reads {
  readonly from: Int32Array; // [results · width]
  readonly results: number;
  readonly width: number;
}

export const OUTSIDE = -1;

/** @param image [batch, height, width, channels] */
export function rowsOf(rewriter: Rewriter, image: Value): Rows {
  const [batch, height, width, channels] = image.shape as readonly [number, number, number, number];
  const positions = height * width;
  const rows = kernelsOf(rewriter).reshape(image, [batch, positions, channels]);
  return { rows, batch, positions, channels };
}

/** What every output position of a sliding window reads, tap by tap. */
export function windowReads(geometry: Geometry): Reads {
  const { outSize, kernel } = geometry;
  return {
    from: readPositions(geometry, OUTSIDE),
    results: outSize[0] * outSize[1],
    width: kernel[0] * kernel[1],
  };
}

/** The other way round: for every input position and tap, the one output position that reads it so. */
export function readersByTap(geometry: Geometry): Reads {
  const { from, width } = windowReads(geometry);
  const results = geometry.inSize[0] * geometry.inSize[1];
  const readers = new Int32Array(results * width).fill(OUTSIDE);
  from.forEach((position, at) => {
    if (position !== OUTSIDE) readers[position * width + (at % width)] = Math.floor(at / width);
  });
  return { from: readers, results, width };
}

/**
 * For every input position, all places among the gathered windows that hold it, `width` of them for the position that has
 * most. Windows side by side hold a position once.
 */
export function placesInWindows(geometry: Geometry): Reads {
  const { from } = windowReads(geometry);
  const results = geometry.inSize[0] * geometry.inSize[1];
  const places = Array.from({ length: results }, (): number[] => []);
  from.forEach((position, at) => {
    if (position !== OUTSIDE) places[position]?.push(at);
  });
  const width = Math.max(1, ...places.map((list) => list.length));
  const padded = places.flatMap((list) => [...list, ...Array<number>(width - list.length).fill(OUTSIDE)]);
  return { from: Int32Array.from(padded), results, width };
}

/**
 * Gathered windows take as many times the memory of the image as they have taps. They are made for so many bytes at a time:
 * a device need not take more than 128 MiB in one buffer (WebGPU, maxStorageBufferBindingSize).
 */
const gatheredBytes = 64 * 2 ** 20;

/**
 * Gathers rows and makes something of them, [batch, results · width, channels] → [batch, …], for as many samples at a time as
 * fit.
 */
export function gathered(
  rewriter: Rewriter,
  { rows, batch, positions, channels }: Rows,
  { from, results, width }: Reads,
  {
    padding = 0,
    make,
  }: { readonly padding?: number; readonly make: (windows: Value, batch: number, first: number) => Value },
): Value {
  const { of, indices } = kernelsOf(rewriter);
  const outside = from.includes(OUTSIDE);
  const inOrder = from.length === positions && from.every((read, i) => read === i);
  const picks = inOrder ? undefined : indices(from.map((read) => (read === OUTSIDE ? positions : read)));
  const samples = Math.max(1, Math.floor(gatheredBytes / (results * width * channels * 4)));
  const parts: Value[] = [];
  for (let first = 0; first < batch; first += samples) {
    const count = Math.min(samples, batch - first);
    let part = rows;
    if (count < batch)
      part = of("Slice", { x: part }, { begin: [first, 0, 0], size: [count, positions, channels] });
    if (outside) {
      const paddings = [
        [0, 0],
        [0, 1],
        [0, 0],
      ];
      part = of("PadV2", { x: part }, { paddings, constantValue: padding });
    }
    if (picks) part = of("GatherV2", { x: part, indices: picks }, { axis: 1, batchDims: 0 });
    parts.push(make(part, count, first));
  }
  return parts.length === 1 ? (parts[0] as Value) : of("Concat", { tensors: parts }, { axis: 0 });
}
