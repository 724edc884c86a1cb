import type { Node } from "jsonc-parser";
import type { Finding } from "./finding.ts";
import { copied } from "./memberTree.ts";
import { keyOf, type Parsed, properties } from "./parse.ts";

export interface Respelled {
  readonly parsed: Parsed;
  /** Misspelled keys. */
  readonly misspelled: readonly Finding[];
}

/** The key that this finding's key means; undefined where it is about something else, or none is close. */
function meantKey({ code, span, fixes: [first] }: Finding): string | undefined {
  const [edit] = first?.edits ?? [];
  const isRename = code === "unknown-key" && edit?.offset === span.offset && edit.length === span.length;
  return isRename ? JSON.parse(edit.text) : undefined;
}

/**
 * The tree with misspelled keys corrected. Nodes keep their spans, so findings point to the original text. A misspelled key is
 * not reported as missing, and its value is checked. Of two keys with the same meaning the first is used.
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
