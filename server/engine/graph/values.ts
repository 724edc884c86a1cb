import type { DType } from "../program.ts";
import type { Value } from "./graph.ts";

let next = 0;

/** A new value without a producer. Ids are unique in the process and only for printing. */
export function freshValue(shape: readonly number[], dtype: DType): Value {
  return { id: next++, shape: [...shape], dtype };
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}
