import type { JSONPath, Node } from "jsonc-parser";
import { keyOf, nodeAt, type Parsed, properties } from "./parse.ts";
import { defaultAbove } from "./settings.ts";

/** A value of a sweep, and its target. */
export interface TriedValue {
  readonly path: JSONPath;
  readonly node: Node;
}

/**
 * The experiment of one run of a sweep, as a tree over the file's text: a swept value is put at its target but keeps its span
 * in the sweep, so findings point there. Writing and parsing such a text would take longer than checking it. Missing objects on
 * the way are created with length 0 at the value. Paths are valid: see `obstacleTo`.
 */
export function memberTree(parsed: Parsed, values: readonly TriedValue[]): Parsed {
  return parsed.root === undefined ? parsed : { ...parsed, root: rootWith(parsed.root, values) };
}

export function rootWith(whole: Node, values: readonly TriedValue[]): Node {
  const root = values.some(({ path }) => path[0] === "sweep") ? copied(whole) : copiedBesideSweep(whole);
  for (const { path, node } of outermostFirst(values)) {
    const { offset } = node;
    for (const above of defaultAbove({ path }, root))
      put(root, above.path, { value: nodeOf(above.value, offset), offset });
    put(root, path, { value: node, offset });
  }
  return root;
}

/** In the order in which none replaces one before it. */
export const outermostFirst = <T extends { readonly path: JSONPath }>(values: readonly T[]): T[] =>
  values.toSorted((a, b) => a.path.length - b.path.length);

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Its subtree, under another parent. */
export function copied(node: Node, parent?: Node): Node {
  const { type, value, offset, length, colonOffset, children } = node;
  // Field by field: a large text has hundreds of thousands of nodes.
  const copy: Writable<Node> = { type, offset, length };
  if (value !== undefined) copy.value = value;
  if (colonOffset !== undefined) copy.colonOffset = colonOffset;
  if (parent) copy.parent = parent;
  if (children) copy.children = children.map((child) => copied(child, copy));
  return copy;
}

/** The sweep, which no run of it has, is shared: it may have thousands of values. */
function copiedBesideSweep(whole: Node): Node {
  if (whole.type !== "object") return copied(whole);
  const { type, offset, length } = whole;
  const root: Node = { type, offset, length, children: [] };
  for (const property of properties(whole))
    root.children?.push(keyOf(property) === "sweep" ? property : copied(property, root));
  return root;
}

/** Puts a value into the tree; missing objects on the way are created at this offset. */
function put(root: Node, path: JSONPath, { value, offset }: { value: Node; offset: number }): void {
  const above = path.slice(0, -1);
  if (nodeAt(root, above) === undefined) put(root, above, { value: nodeOf({}, offset), offset });
  const parent = nodeAt(root, above);
  const there = nodeAt(root, path);
  // In an object the value's parent is the property, in a list the list.
  const holder =
    there?.parent ??
    (parent?.type === "object" ? newProperty(parent, String(path.at(-1)), offset) : undefined);
  if (holder?.children === undefined) return; // Another value of the run removed this place.
  const index = there ? holder.children.indexOf(there) : holder.children.length;
  holder.children[index] = copied(value, holder);
}

function newProperty(parent: Node, key: string, offset: number): Node {
  const property: Node = { type: "property", offset, length: 0, parent, children: [] };
  property.children?.push({ type: "string", value: key, offset, length: 0, parent: property });
  parent.children?.push(property);
  return property;
}

/** A value that is not in the text, at a place of it. */
export function nodeOf(value: unknown, offset: number, length = 0): Node {
  const place = { offset, length };
  if (Array.isArray(value)) {
    const list: Node = { type: "array", ...place, children: [] };
    for (const item of value) list.children?.push(copied(nodeOf(item, offset), list));
    return list;
  }
  if (typeof value === "object" && value !== null) {
    const object: Node = { type: "object", ...place, children: [] };
    for (const [key, item] of Object.entries(value)) {
      const property = newProperty(object, key, offset);
      property.children?.push(copied(nodeOf(item, offset), property));
    }
    return object;
  }
  const type = value === null ? "null" : (typeof value as "string" | "number" | "boolean");
  return { type, value, ...place };
}
