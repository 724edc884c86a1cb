import type { Node } from "jsonc-parser";
import type { Finding } from "./finding.ts";
import { copied, rootWith, type TriedValue } from "./memberTree.ts";
import { keyOf, nodeAt, type Parsed, properties } from "./parse.ts";

export interface Respelled {
  readonly parsed: Parsed;
  /** Misspelled and misplaced keys. */
  readonly misspelled: readonly Finding[];
}

/** The key that this finding's key means; undefined where it is about something else, or none is close. */
function meantKey({ code, span, fixes: [first], movesTo }: Finding): string | undefined {
  const [edit] = first?.edits ?? [];
  // A key that the text does not have has no span.
  const isRename =
    code === "unknown-key" &&
    !movesTo &&
    span.length > 0 &&
    edit?.offset === span.offset &&
    edit.length === span.length;
  return isRename ? JSON.parse(edit.text) : undefined;
}

/**
 * The tree with misspelled and misplaced keys corrected. Nodes keep their spans, so findings point to the original text. Such a key
 * is not reported as missing, and its value is checked. Of two keys with the same meaning the first is used.
 */
export function respelled(parsed: Parsed, findings: readonly Finding[]): Respelled {
  const unknown = new Map(findings.map((finding) => [finding.span.offset, finding]));
  if (parsed.root === undefined || !findings.some((finding) => meantKey(finding) ?? finding.movesTo))
    return { parsed, misspelled: [] };
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
  const misplaced: TriedValue[] = [];
  const takeOut = (node: Node): void => {
    for (const child of [...(node.children ?? [])]) {
      const [key, value] = child.type === "property" ? (child.children ?? []) : [];
      const finding = key && unknown.get(key.offset);
      const path = finding?.movesTo;
      const isFree = path && !misplaced.some((other) => other.path.join() === path.join());
      if (finding && value && path && isFree && nodeAt(root, path) === undefined) {
        misspelled.push(finding);
        misplaced.push({ path, node: value });
        node.children?.splice(node.children.indexOf(child), 1);
      } else takeOut(child);
    }
  };
  visit(root);
  takeOut(root);
  const meant = misplaced.length === 0 ? root : rootWith(root, misplaced);
  return { parsed: { ...parsed, root: meant }, misspelled };
}
