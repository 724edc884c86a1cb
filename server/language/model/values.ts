import type { Node } from "jsonc-parser";
import { dataOf, keyOf, properties } from "../parse.ts";

/** Values from a tree, where they have the expected type. */

/** The value at a path, as in `at("data", "train", "path")`. */
export type ValueAt = (...path: (string | number)[]) => Node | undefined;

export const member = (object: Node | undefined, key: string): Node | undefined =>
  properties(object).find((property) => keyOf(property) === key)?.children?.[1];

export const items = (list: Node | undefined): readonly Node[] =>
  list?.type === "array" ? (list.children ?? []) : [];

export const numberOf = (node: Node | undefined): number | undefined =>
  node?.type === "number" && Number.isFinite(node.value) ? (node.value as number) : undefined;

export const textOf = (node: Node | undefined): string | undefined =>
  node?.type === "string" ? (node.value as string) : undefined;

/** A whole number that counts something. */
export function countOf(node: Node | undefined): number | undefined {
  const value = numberOf(node);
  return value !== undefined && Number.isSafeInteger(value) && value >= 1 ? value : undefined;
}

export function countsOf(node: Node | undefined): readonly number[] | undefined {
  const value = dataOf(node);
  const areCounts = Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 1);
  return areCounts ? value : undefined;
}
