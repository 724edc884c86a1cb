import { grouped } from "../grouped.ts";

/** "1 parameter", "12,345 parameters". */
export const counted = (count: number, noun = "parameter"): string =>
  `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;

/** "[28, 28, 1]"; a size that is open is a question mark. */
export const shapeText = (shape: readonly number[]): string =>
  `[${shape.map((size) => (size < 0 ? "?" : size)).join(", ")}]`;
