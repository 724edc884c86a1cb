import type { Node } from "jsonc-parser";
import { items, member } from "./model/values.ts";
import { dataOf, keyOf, nodeAt, properties } from "./parse.ts";

/** A value of a sweep, and the path that it is for. */
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
