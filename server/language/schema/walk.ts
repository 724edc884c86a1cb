import type { JSONPath, Node } from "jsonc-parser";
import type { Schema } from "../../parameters/schema.ts";
import { keyOf } from "../parse.ts";
import { chosen } from "./choose.ts";
import { experimentSchema, propertySchema, resolved } from "./schema.ts";

/** A value in the text, with its schema. */
export interface Described {
  readonly node: Node;
  readonly at: JSONPath;
  /** As declared for the property or item: a union stays a union. */
  readonly schema: Schema;
  /** The branch of the value, where it is decided. */
  readonly branch: Schema | undefined;
}

/** Every value of the text that the schema describes, outer ones first. Found once for a tree, which no longer changes. */
export function walk(root: Node | undefined): readonly Described[] {
  if (root === undefined) return [];
  const found = walked.get(root) ?? walkNow(root);
  walked.set(root, found);
  return found;
}

const walked = new WeakMap<Node, readonly Described[]>();

/** As {@link walk}, of a tree that is still being made. */
export const walkNow = (root: Node): readonly Described[] => walkFrom(root, [], resolved(experimentSchema));

/** The value at a place of the experiment, which may stand elsewhere in the text, and those in it. */
export function walkFrom(node: Node, at: JSONPath, schema: Schema): readonly Described[] {
  const found: Described[] = [];
  // A list and no generator in generators, through each of which every value would pass.
  const visit = (node: Node, at: JSONPath, schema: Schema): void => {
    const branches = chosen(schema, node);
    const branch = branches.length === 1 ? branches[0] : undefined;
    found.push({ node, at, schema, branch });
    if (!branch) return;
    if (node.type === "array" && branch.items) {
      const items = resolved(branch.items);
      for (const [index, item] of (node.children ?? []).entries()) visit(item, [...at, index], items);
    }
    if (node.type !== "object") return;
    for (const property of node.children ?? []) {
      const value = property.children?.[1];
      const inner = propertySchema(branch, keyOf(property));
      if (value && inner) visit(value, [...at, keyOf(property)], inner);
    }
  };
  visit(node, at, schema);
  return found;
}
