import { type Generator, generator, type RandomKey } from "../random.ts";
import { type Change, type Draws, forEachPart } from "./change.ts";
import { type ImageSize, imageSize } from "./imageSize.ts";
import type { Lines, Placement } from "./placement.ts";

/** One of a list of moves: what it does, and what its random numbers are for. */
export interface ListedMove {
  readonly use: RandomKey["use"];
  readonly cuts: boolean;
  readonly place: (placement: Placement, next: Generator, cut: Lines | undefined) => void;
}

/** Moves one after the other, as one change of the batch. @param shape of one sample: [height, width, channels] */
export function moves(list: readonly ListedMove[], shape: readonly number[]): Change {
  const size = imageSize(shape);
  const { height, width, channels } = size;
  const cuts = list.filter((move) => move.cuts).length;
  const placements = placementsIn(size, cuts);
  return {
    type: "moves",
    draws: {
      rows: { shape: [height], dtype: "int32" },
      columns: { shape: [width], dtype: "int32" },
      ...(cuts === 0
        ? {}
        : {
            cutRows: { shape: [cuts, height], dtype: "int32" },
            cutColumns: { shape: [cuts, width], dtype: "int32" },
          }),
    },
    draw({ rows, seed, step }, out) {
      for (let i = 0; i < rows.length; i++) {
        const image = unmoved(placements(out, i));
        let made = 0;
        for (const { use, cuts, place } of list)
          place(image, generator({ seed, step, use }, rows[i]), cuts ? image.cuts[made++] : undefined);
      }
    },
    apply({ values, rows, blank }, drawn) {
      const original = new Float32Array(height * width * channels);
      const black = original.map((_, k) => blank[k % channels] as number);
      forEachPart(values, rows.length, (image, i) => {
        const placement = placements(drawn, i);
        if (isUnmoved(placement)) return;
        original.set(image);
        show(placement, { original, image, black });
      });
    },
  };
}

/** Looks at what is drawn for sample `i` of a batch. */
const placementsIn =
  ({ height, width }: ImageSize, cuts: number) =>
  ({ rows, columns, cutRows, cutColumns }: Draws, i: number): Placement => {
    const part = (all: Draws[string] | undefined, at: number, size: number) =>
      (all as Int32Array).subarray(at * size, (at + 1) * size);
    return {
      height,
      width,
      outside: height * width,
      rows: part(rows, i, height),
      columns: part(columns, i, width),
      cuts: Array.from({ length: cuts }, (_, k) => ({
        rows: part(cutRows, i * cuts + k, height),
        columns: part(cutColumns, i * cuts + k, width),
      })),
    };
  };

/** Makes a placement that of the image as it is. */
function unmoved(placement: Placement): Placement {
  const { rows, columns, width, cuts } = placement;
  for (let y = 0; y < rows.length; y++) rows[y] = y * width;
  for (let x = 0; x < columns.length; x++) columns[x] = x;
  for (const cut of cuts) clear(cut);
  return placement;
}

function clear({ rows, columns }: Lines): void {
  rows.fill(0);
  columns.fill(0);
}

/** Whether nothing has moved: moves shift or mirror lines, so first and last places suffice. */
const isUnmoved = ({ rows, columns, width, cuts }: Placement) =>
  rows[0] === 0 &&
  rows.at(-1) === (rows.length - 1) * width &&
  columns[0] === 0 &&
  columns.at(-1) === width - 1 &&
  cuts.every((cut) => !cut.rows.includes(1));

/** Makes of an image what a placement shows of it. */
function show(
  { rows, columns, outside, cuts, width }: Placement,
  {
    original,
    image,
    black,
  }: { readonly original: Float32Array; readonly image: Float32Array; readonly black: Float32Array },
): void {
  const channels = original.length / outside;
  const { first, end, step } = visible(columns, outside);
  const from = columns[first] as number;
  const length = (end - first) * channels;
  if (end - first < width || rows.includes(outside)) image.set(black);
  for (let y = 0; y < rows.length; y++) {
    const row = rows[y] as number;
    if (row === outside || length <= 0) continue;
    const to = (y * width + first) * channels;
    const start = (row + from) * channels;
    if (step === 1) image.set(original.subarray(start, start + length), to);
    // The same as below, in half the time.
    else if (channels === 1) for (let k = 0; k < length; k++) image[to + k] = original[start - k] as number;
    else
      for (let k = 0; k < length; k += channels)
        for (let c = 0; c < channels; c++) image[to + k + c] = original[start - k + c] as number;
  }
  for (const cut of cuts) {
    const from = cut.columns.indexOf(1);
    if (from < 0) continue; // moved out of sight
    const to = cut.columns.lastIndexOf(1) + 1;
    for (let y = cut.rows.indexOf(1); y >= 0 && cut.rows[y] === 1; y++)
      image.fill(0, (y * width + from) * channels, (y * width + to) * channels);
  }
}

/** The places of a line that show something: one piece, in order or mirrored. */
function visible(columns: Int32Array, outside: number) {
  let [first, end] = [0, columns.length];
  while (first < end && columns[first] === outside) first++;
  while (end > first && columns[end - 1] === outside) end--;
  const step = end - first > 1 ? (columns[first + 1] as number) - (columns[first] as number) : 1;
  return { first, end, step };
}
