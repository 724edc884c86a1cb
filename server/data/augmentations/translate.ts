import { below, type Generator } from "../random.ts";
import type { Placement } from "./placement.ts";

/** Moves an image by −reach … reach pixels down and right, each whole number equally likely; black comes in. */
export function translate({ rows, columns, outside, cuts }: Placement, reach: number, next: Generator): void {
  const down = below(2 * reach + 1, next) - reach;
  const right = below(2 * reach + 1, next) - reach;
  move(rows, down, outside);
  move(columns, right, outside);
  for (const cut of cuts) {
    move(cut.rows, down, 0);
    move(cut.columns, right, 0);
  }
}

function move(line: Int32Array, by: number, fill: number): void {
  if (by > 0) line.copyWithin(by, 0).fill(fill, 0, by);
  if (by < 0) line.copyWithin(0, -by).fill(fill, Math.max(0, line.length + by));
}
