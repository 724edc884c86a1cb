import type { Node } from "jsonc-parser";
import type { Finding } from "./finding.ts";
import { copied } from "./memberTree.ts";
import { keyOf, type Parsed, properties } from "./parse.ts";

export interface Respelled {
  readonly parsed: Parsed;
  /** The keys that are only misspelled. */
  readonly misspelled: readonly Finding[];
}

/** What the key of this finding is meant to be; undefined where it is about something else, or nothing is near. */
function meantKey({ code, span, fixes: [first] }: Finding): string | undefined {
  const [edit] = first?.edits ?? [];
  const isRename = code === "unknown-key" && edit?.offset === span.offset && edit.length === span.length;
  return isRename ? JSON.parse(edit.text) : undefined;
}

/**
 * The text as it is read once its misspelled keys are spelled right: every node stays in its place, so what is found is
 * found there. A key that is misspelled is neither missing, nor is what it holds unchecked. Of two keys of an object that
 * mean the same the first is taken.
 */
export function respelled(parsed: Parsed, findings: readonly Finding[]): Respelled {
  const unknown = new Map(findings.map((finding) => [finding.span.offset, finding]));
  if (parsed.root === undefined || !findings.some(meantKey)) return { parsed, misspelled: [] };
  const misspelled: Finding[] = [];
  const root = copied(parsed.root);
  const visit = (node: Node): void => {
    const keys = new Set(properties(node).map(keyOf));
    for (const property of properties(node)) {
      const { children = [] } = property;
      const [key] = children;
      const finding = key && unknown.get(key.offset);
      const name = finding && meantKey(finding);
      if (key === undefined || finding === undefined || name === undefined || keys.has(name)) continue;
      keys.add(name);
      misspelled.push(finding);
      children[0] = { ...key, value: name };
    }
    for (const child of node.children ?? []) visit(child);
  };
  visit(root);
  return { parsed: { ...parsed, root }, misspelled };
}
