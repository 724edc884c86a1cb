import type { Node } from "jsonc-parser";
import { type Edit, type Span, spanOf } from "./finding.ts";
import { kinds, type Token, tokens } from "./tokens.ts";

/** Adds a property to an object in its style: on its own line where the others are. */
export function insertProperty(
  text: string,
  object: Node,
  key: string,
  value: string,
  where: "first" | "last" = "last",
): Edit {
  const property = `${JSON.stringify(key)}: ${value}`;
  const written = inText(object);
  const [first] = written;
  const last = written.at(-1);
  if (!first || !last) return intoEmpty(text, object, property);
  const separator = blanksBefore(text, first);
  if (where === "first") return { offset: first.offset, length: 0, text: `${property},${separator || " "}` };
  const comma = commaAfter(text, last);
  const hasLine = separator.includes("\n");
  const indented = property.replaceAll("\n", hasLine ? separator : "\n");
  const offset = endOf(comma ?? last);
  // A comment beside the last one stays there.
  const beside = hasLine ? commentBeside(text, offset) : "";
  const added = `${separator || " "}${indented}`;
  return comma
    ? { offset: offset + beside.length, length: 0, text: `${added}${commaBefore(text, offset)}` }
    : { offset, length: beside.length, text: `,${beside}${added}` };
}

/** A comment on the rest of a line, which ends with it, and the blanks before it. */
function commentBeside(text: string, from: number): string {
  const next = wordAfter(text, from);
  if (next?.kind !== kinds.lineComment && next?.kind !== kinds.blockComment) return "";
  const beside = text.slice(from, endOf(next));
  return !beside.includes("\n") && /^[^\S\n]*(\n|$)/.test(text.slice(endOf(next), endOf(next) + 200))
    ? beside
    : "";
}

/** Removes a property or an item of a list, with its comma. Comments around it stay. */
export function removeItem(text: string, item: Node): Edit {
  const siblings = item.parent?.children ?? [];
  const index = siblings.indexOf(item);
  // It stands elsewhere.
  if (index < 0 || !stands(item)) return { offset: item.offset, length: 0, text: "" };
  return removal(text, item, { before: siblings[nextStanding(siblings, index, -1)] });
}

/** Removes several children of a node. Those side by side go in one edit, since edits must not overlap. */
export function removeItems(text: string, parent: Node, items: readonly Node[]): Edit[] {
  const edits: Edit[] = [];
  let before: Node | undefined;
  let run: Span | undefined;
  let within = "";
  for (const node of [...inText(parent), undefined]) {
    if (node && items.includes(node)) {
      if (run) within += commentsBetween(text, run, node);
      const { offset } = run ?? node;
      run = { offset, length: endOf(node) - offset };
      continue;
    }
    if (run) edits.push(removal(text, run, { before, within }));
    run = undefined;
    within = "";
    before = node;
  }
  return edits;
}

/**
 * @param before the sibling before the span
 * @param within comments in the span
 */
function removal(
  text: string,
  span: Span,
  { before, within = "" }: { readonly before: Node | undefined; readonly within?: string },
): Edit {
  const comma = commaAfter(text, span);
  const end = endOf(comma ?? span);
  const inside = within + (comma ? text.slice(endOf(span), comma.offset).trimStart() : "");
  const next = wordAfter(text, end);
  const isLast = next === undefined || next.kind === kinds.closeBrace || next.kind === kinds.closeBracket;
  // What follows, a comment too, takes its place; else its line goes.
  const from = isLast ? startOfBlanks(text, span.offset, end) : span.offset;
  const to = isLast ? end : next.offset;
  // The last one takes the comma before it along.
  const separator = before && !comma ? commaAfter(text, before) : undefined;
  const start = separator?.offset ?? from;
  const kept = separator ? text.slice(endOf(separator), from) : "";
  return { offset: start, length: to - start, text: kept + inside };
}

/** The comments between neighbours, without the comma. */
function commentsBetween(text: string, span: Span, next: Node): string {
  const comma = commaAfter(text, span) ?? { offset: endOf(span), length: 0 };
  return (text.slice(endOf(span), comma.offset) + text.slice(endOf(comma), next.offset)).trimStart();
}

/** Where the blanks before a bracket begin, once what stands from `offset` to `end` is gone. */
function startOfBlanks(text: string, offset: number, end: number): number {
  let start = offset;
  while (start > 0 && /\s/.test(text.charAt(start - 1))) start--;
  const above = text.slice(text.lastIndexOf("\n", start - 1) + 1, start);
  // A comment to the end of its line would hide the bracket.
  const isHidden = above.includes("//") && !/^\s*\n/.test(text.slice(end, end + 200));
  return isHidden ? offset : start;
}

/** The children that stand there; a tree may have more, of which the text is elsewhere. */
const inText = ({ children = [] }: Node): readonly Node[] => children.filter(stands);

const stands = ({ length }: Node): boolean => length > 0;

/** The place of the next one there, in a list that may have very many. */
function nextStanding(siblings: readonly Node[], index: number, step: 1 | -1): number {
  let at = index + step;
  for (let node = siblings[at]; node !== undefined && !stands(node); node = siblings[at]) at += step;
  return at;
}

export const endOf = ({ offset, length }: Span): number => offset + length;

/** The token or comment after a place. */
function wordAfter(text: string, from: number): Token | undefined {
  for (const token of tokens(text, { from, trivia: true }))
    if (token.kind !== kinds.blanks && token.kind !== kinds.lineBreak) return token;
  return undefined;
}

/** The comma after a property or item; comments may be between. */
function commaAfter(text: string, node: Span): Span | undefined {
  const [next] = tokens(text, { from: endOf(node) });
  return next?.kind === kinds.comma ? spanOf(next) : undefined;
}

/** Where a property follows that the tree does not have: it was moved out of it. */
function commaBefore(text: string, from: number): string {
  const [next] = tokens(text, { from });
  return next === undefined || next.kind === kinds.closeBrace ? "" : ",";
}

/** The blanks and line breaks directly before a node. */
export function blanksBefore(text: string, { offset }: Span): string {
  const before = text.slice(Math.max(0, offset - 200), offset);
  const blanks = before.slice(before.trimEnd().length);
  // Of an empty line between, only the last line break counts.
  return blanks.slice(Math.max(0, blanks.lastIndexOf("\n")));
}

function intoEmpty(text: string, object: Node, property: string): Edit {
  const inner = text.slice(object.offset + 1, endOf(object) - 1);
  if (inner.trim() !== "")
    return {
      offset: object.offset + 1,
      length: 0,
      text: ` ${property}${commaBefore(text, object.offset + 1)} `,
    };
  const span = spanOf(object);
  return { ...span, text: `{ ${property} }` };
}
