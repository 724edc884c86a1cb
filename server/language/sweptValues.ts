import type { Node } from "jsonc-parser";
import { items, member } from "./model/values.ts";
import { dataOf, keyOf, nodeAt, properties } from "./parse.ts";

/** A value that runs of a sweep have in the place that its path names. */
export interface SweptValue {
  readonly path: string;
  readonly value: unknown;
  readonly node: Node;
}

export function sweptValues(root: Node | undefined): SweptValue[] {
  const parameters = member(nodeAt(root, ["sweep"]), "parameters");
  return properties(parameters).flatMap((property) =>
    items(property.children?.[1]).map((node) => ({ path: keyOf(property), value: dataOf(node), node })),
  );
}
