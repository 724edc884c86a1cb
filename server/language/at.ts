import { findNodeAtOffset, getNodePath, type JSONPath, type Node } from "jsonc-parser";
import type { Parsed } from "./parse.ts";

/** The key or value at an offset, with the path of the value that it belongs to. */
export interface Pointed {
  readonly node: Node;
  readonly path: JSONPath;
  readonly isKey: boolean;
}

/** The innermost key or value at an offset; its end is included, so that a cursor after a word is on it. */
export function pointedAt({ root }: Parsed, offset: number): Pointed | undefined {
  const node = root && findNodeAtOffset(root, offset, true);
  if (!node) return undefined;
  const isKey = node.parent?.type === "property" && node.parent.children?.[0] === node;
  return { node, isKey, path: getNodePath(node) };
}
