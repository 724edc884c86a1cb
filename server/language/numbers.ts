/** "[28, 28, 1]"; a size that is open is a question mark. */
export const shapeText = (shape: readonly number[]): string =>
  `[${shape.map((size) => (size < 0 ? "?" : size)).join(", ")}]`;
