import { sizeOf } from "../../../../sizeOf.ts";
import { type Parts, sameParts } from "../../compositions/imageRows.ts";
import type { Position } from "../../slidingWindows.ts";

/**
 * How a value is stored in tensors. A row of an image is one channel at one position, for the whole batch: the batch is
 * innermost everywhere, so that gathering windows copies runs of `batch` floats.
 *
 * | kind     | of a value           | lies as                                                           |
 * |----------|----------------------|-------------------------------------------------------------------|
 * | natural  | any                  | itself, row-major                                                 |
 * | splat    | any                  | a scalar: all elements are equal                                  |
 * | image    | [B, H, W, C]         | one tensor [C, positions · B] for each part                       |
 * | channels | [B, H, W, C]         | [C, 1]: batch and positions are all equal                         |
 * | samples  | [B, H, W, C]         | [C, B]: positions are all equal                                   |
 * | columns  | [B, F]               | [F, B], its rows in the order of `flat`                           |
 * | rows     | [F, N]               | [F, N], its rows in the order of `flat`                           |
 * | filter   | [h, w, I, O]         | [I · h · w, O]                                                    |
 */
export type Layout =
  | { readonly kind: "natural" }
  | { readonly kind: "splat" }
  | { readonly kind: "image"; readonly parts: Parts }
  | { readonly kind: "channels" }
  | { readonly kind: "samples" }
  | { readonly kind: "columns"; readonly flat: Flat }
  | { readonly kind: "rows"; readonly flat: Flat }
  | { readonly kind: "filter" };

/** A flattened image: its rows are channel by channel, and of each channel these positions. */
export interface Flat {
  readonly channels: number;
  readonly positions: readonly Position[];
}

export const NATURAL = { kind: "natural" } as const satisfies Layout;
export const SPLAT = { kind: "splat" } as const satisfies Layout;
export const CHANNELS = { kind: "channels" } as const satisfies Layout;
export const SAMPLES = { kind: "samples" } as const satisfies Layout;
export const FILTER = { kind: "filter" } as const satisfies Layout;
export type ImageLayout = Extract<Layout, { kind: "image" }>;
export const image = (parts: Parts): ImageLayout => ({ kind: "image", parts });

/** The layouts that do not depend on the batch, so that state can be kept in them. */
export type StateLayout = Extract<Layout, { kind: "natural" | "filter" | "rows" }>;

export function isStateLayout(layout: Layout): layout is StateLayout {
  return layout.kind === "natural" || layout.kind === "filter" || layout.kind === "rows";
}

export function sameLayout(a: Layout, b: Layout): boolean {
  if (a === b) return true;
  if (a.kind === "image" && b.kind === "image") return sameParts(a.parts, b.parts);
  if ("flat" in a && "flat" in b) {
    return (
      a.kind === b.kind &&
      a.flat.channels === b.flat.channels &&
      sameParts([a.flat.positions], [b.flat.positions])
    );
  }
  return a.kind === b.kind && a.kind !== "image";
}

/** The logical column of each physical row of a flattened image. */
export function rowsOf({ channels, positions }: Flat): number[] {
  return Array.from({ length: channels }, (_, channel) =>
    positions.map((position) => position * channels + channel),
  ).flat();
}

/** Shape of the tensor that stores a value of some logical shape; for an image in parts, that of one part. */
export function shapeIn(layout: Layout, shape: readonly number[], part = 0): readonly number[] {
  const [batch = 1, , , channels = 1] = shape;
  switch (layout.kind) {
    case "natural":
    case "rows":
      return shape;
    case "splat":
      return [];
    case "image":
      return [channels, (layout.parts[part] as readonly Position[]).length * batch];
    case "channels":
      return [channels, 1];
    case "samples":
      return [channels, batch];
    case "columns":
      return [shape[1] as number, batch];
    case "filter":
      return [sizeOf(shape.slice(0, 3)), channels];
  }
}

/** Physical index → logical index of a state tensor; undefined where they are equal. */
export function storedOrder(layout: StateLayout, shape: readonly number[]): Int32Array | undefined {
  if (layout.kind === "natural") return undefined;
  const columns = shape.at(-1) as number;
  const rows = layout.kind === "rows" ? rowsOf(layout.flat) : filterRows(shape);
  return Int32Array.from({ length: rows.length * columns }, (_, i) => {
    const row = rows[Math.floor(i / columns)] as number;
    return row * columns + (i % columns);
  });
}

/** [h, w, I, O] → [I, h · w, O]: the logical row (tap · I + input channel) of each physical one. */
function filterRows([height, width, inputs]: readonly number[]): number[] {
  const taps = (height as number) * (width as number);
  const channels = inputs as number;
  return Array.from(
    { length: channels * taps },
    (_, row) => (row % taps) * channels + Math.floor(row / taps),
  );
}
