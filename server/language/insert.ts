import type { Node } from "jsonc-parser";
import { type Edit, type Span, spanOf } from "./finding.ts";
import { kinds, tokens } from "./tokens.ts";

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
  const indented = property.replaceAll("\n", separator.includes("\n") ? separator : "\n");
  if (comma)
    return {
      offset: endOf(comma),
      length: 0,
      text: `${separator || " "}${indented}${commaBefore(text, endOf(comma))}`,
    };
  return { offset: endOf(last), length: 0, text: `,${separator || " "}${indented}` };
}

/** Removes a property or an item of a list, with its comma. */
export function removeItem(text: string, item: Node): Edit {
  const siblings = item.parent?.children ?? [];
  const index = siblings.indexOf(item);
  // It stands elsewhere.
  if (index < 0 || !stands(item)) return { offset: item.offset, length: 0, text: "" };
  const next = siblings[nextStanding(siblings, index, 1)];
  const before = siblings[nextStanding(siblings, index, -1)];
  if (next) return { offset: item.offset, length: next.offset - item.offset, text: "" };
  const comma = commaAfter(text, item);
  const end = comma ? comma.offset + 1 : endOf(item);
  const start = before ? endOf(before) : item.offset;
  return { offset: start, length: end - start, text: "" };
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
