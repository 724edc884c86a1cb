import type { JSONPath, Node } from "jsonc-parser";
import type { Schema } from "../parameters/schema.ts";
import { type Conditions, conditionsOf, settingsFor, settingsWith } from "../sweep/conditions.ts";
import { rootWith } from "./memberTree.ts";
import { dataOf, keyOf, nodeAt, type Parsed, properties } from "./parse.ts";
import { depthOfList, type Place, placeAt, sweptPath } from "./schema/choose.ts";
import { type SweptValue, treeWith, triedValues, valuesOf } from "./sweptValues.ts";
import { pathText } from "./valuePath.ts";

/** What a sweep of this text tries, and what its parameters wait for. */
export interface SweptConditions {
  readonly parameters: readonly (readonly [path: string, given: unknown])[];
  readonly conditions: Conditions;
}

/** Found once for a tree, which no longer changes. */
export function sweptConditions(root: Node | undefined): SweptConditions {
  if (root === undefined) return conditionsIn(root);
  const all = found.get(root) ?? conditionsIn(root);
  found.set(root, all);
  return all;
}

const found = new WeakMap<Node, SweptConditions>();

function conditionsIn(root: Node | undefined): SweptConditions {
  const parameters = properties(nodeAt(root, ["sweep", "parameters"])).map(
    (property) => [keyOf(property), dataOf(property.children?.[1])] as const,
  );
  const given = nodeAt(root, ["sweep", "conditions"]);
  const paths = parameters.map(([path]) => path);
  return { parameters, conditions: conditionsOf(given && dataOf(given), paths) };
}

/** The values that have to be in place for a parameter to apply. */
export function valuesFor(path: string, root: Node | undefined): SweptValue[] {
  const { parameters, conditions } = sweptConditions(root);
  return conditions.has(path) ? valuesOf(settingsFor(path, parameters, conditions), root) : [];
}

/** A value, with those that have to be in place, and one of each parameter that applies by them only. */
export function valuesWith(value: SweptValue, root: Node | undefined): SweptValue[] {
  const { parameters, conditions } = sweptConditions(root);
  if (conditions.size === 0) return [value];
  return valuesOf(settingsWith([value.path, value.value], parameters, conditions), root).map((one) =>
    one.path === value.path ? value : one,
  );
}

/** The experiment in which a parameter applies. */
export function rootWhere(path: string, root: Node | undefined): Node | undefined {
  const values = root && valuesFor(path, root);
  return values && values.length > 0 ? rootWith(root, triedValues(values)) : root;
}

/**
 * The experiment with the value that a path leads to, or into, of a sweep's list or of a condition's, and the path there; undefined of any
 * other.
 */
export function triedAt(
  parsed: Parsed,
  path: JSONPath,
): { readonly root: Node | undefined; readonly path: JSONPath } | undefined {
  const depth = depthOfList(path) + 1;
  const value = path.slice(0, depth);
  const [index] = value.slice(-1);
  const target = typeof index === "number" ? sweptPath(value) : undefined;
  const node = target && nodeAt(parsed.root, value);
  if (target === undefined || node === undefined) return undefined;
  const tried = { path: pathText(target), value: dataOf(node), node };
  // One that a condition needs is no value of a parameter where that varies as a whole.
  const values = value[1] === "conditions" ? [tried] : valuesWith(tried, parsed.root);
  return {
    root: treeWith(parsed, values).root,
    path: [...target, ...path.slice(depth)],
  };
}

/** {@link placeAt}, where a value of a sweep is one of an experiment in which it is tried. */
export function triedPlace(root: Node | undefined, path: JSONPath, whole?: Schema): Place | undefined {
  const target = sweptPath(path);
  return placeAt(target ? rootWhere(pathText(target), root) : root, path, whole);
}
