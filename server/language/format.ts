import type { TextEdit } from "vscode-languageserver-types";
import { textEdit } from "./check.ts";
import type { Edit, Span } from "./finding.ts";
import { endOf } from "./insert.ts";
import type { Parsed } from "./parse.ts";
import { kinds, type Token, tokens } from "./tokens.ts";

export interface FormatOptions {
  readonly tabSize: number;
  readonly insertSpaces: boolean;
  readonly insertFinalNewline?: boolean | undefined;
  /** Absent: the whole text. */
  readonly within?: Span | undefined;
}

/**
 * Indentation and blanks, as in `{ "hidden": [64, 32] }`. Line breaks are kept and none are added, so that a layer written on
 * one line stays there. A text that is not JSON is left unchanged.
 */
export function format(parsed: Parsed, options: FormatOptions): TextEdit[] {
  if (parsed.problems.some(({ code }) => code === "syntax")) return [];
  const { within = { offset: 0, length: parsed.text.length } } = options;
  return [...gaps(parsed.text, options)]
    .filter((edit) => edit.offset >= within.offset && endOf(edit) <= endOf(within))
    .filter((edit) => parsed.text.slice(edit.offset, endOf(edit)) !== edit.text)
    .map((edit) => textEdit(parsed, edit));
}

/** The white space between tokens, before the first and after the last. */
function* gaps(text: string, { tabSize, insertSpaces, insertFinalNewline }: FormatOptions): Generator<Edit> {
  const lineEnd = text.includes("\r\n") ? "\r\n" : "\n";
  const step = insertSpaces ? " ".repeat(tabSize) : "\t";
  let depth = 0;
  let before: Token | undefined;
  for (const token of tokens(text, { trivia: true })) {
    if (token.kind === kinds.blanks || token.kind === kinds.lineBreak) continue;
    if (isClosing(token)) depth = Math.max(0, depth - 1);
    const offset = before ? endOf(before) : 0;
    const gap = text.slice(offset, token.offset);
    // At most one empty line.
    const breaks = Math.min(2, gap.split("\n").length - 1);
    const written = breaks > 0 ? lineEnd.repeat(breaks) + step.repeat(depth) : between(before, token);
    yield { offset, length: gap.length, text: before ? written : "" };
    if (isOpening(token)) depth++;
    before = token;
  }
  const end = before ? endOf(before) : 0;
  const rest = text.slice(end);
  yield { offset: end, length: rest.length, text: insertFinalNewline || rest.includes("\n") ? lineEnd : "" };
}

export const isOpening = ({ kind }: Token) => kind === kinds.openBrace || kind === kinds.openBracket;
export const isClosing = ({ kind }: Token) => kind === kinds.closeBrace || kind === kinds.closeBracket;

/** The space between two tokens on one line: inside braces but not brackets, and after commas and colons. */
export function between(before: Token | undefined, { kind }: Token): string {
  if (!before || kind === kinds.comma || kind === kinds.colon) return "";
  if (before.kind === kinds.openBrace && kind === kinds.closeBrace) return "";
  return before.kind === kinds.openBracket || kind === kinds.closeBracket ? "" : " ";
}
