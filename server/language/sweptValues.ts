import type { Node } from "jsonc-parser";
import type { Settings } from "../sweep/expand.ts";
import { memberTree, nodeOf, type TriedValue } from "./memberTree.ts";
import { items, member } from "./model/values.ts";
import { dataOf, keyOf, nodeAt, type Parsed, properties } from "./parse.ts";
import { parsePath } from "./valuePath.ts";

/** A value of a sweep, and the path that it is for. */
export interface SweptValue {
  readonly path: string;
  readonly value: unknown;
  readonly node: Node;
}

/** The values of its lists, and the bounds of its ranges, which stand for all between them. */
export function sweptValues(root: Node | undefined): SweptValue[] {
  const parameters = member(nodeAt(root, ["sweep"]), "parameters");
  return properties(parameters).flatMap((property) => {
    const given = property.children?.[1];
    const bounds = [member(given, "min"), member(given, "max")].filter((bound) => bound !== undefined);
    return [...items(given), ...bounds].map((node) => ({ path: keyOf(property), value: dataOf(node), node }));
  });
}

/** The values of one combination: those of lists with their nodes, numbers drawn from a range with the range's place. */
export function valuesOf(point: Settings, root: Node | undefined): SweptValue[] {
  const swept = sweptValues(root);
  const parameters = nodeAt(root, ["sweep", "parameters"]);
  return Object.entries(point).flatMap(([path, value]) => {
    const listed = swept.find((one) => isSame(one, { path, value }));
    if (listed) return [listed];
    const range = member(parameters, path);
    return range ? [{ path, value, node: nodeOf(value, range.offset, range.length) }] : [];
  });
}

/** The experiment with these values in their places; a path that is none is left out. */
export const treeWith = (parsed: Parsed, values: readonly SweptValue[]): Parsed =>
  memberTree(parsed, triedValues(values));

export const triedValues = (values: readonly SweptValue[]): TriedValue[] =>
  values.flatMap(({ path, node }) => {
    const at = parsePath(path);
    return at ? [{ path: at, node }] : [];
  });

const isSame = (one: Omit<SweptValue, "node">, other: Omit<SweptValue, "node">): boolean =>
  one.path === other.path && JSON.stringify(one.value) === JSON.stringify(other.value);
