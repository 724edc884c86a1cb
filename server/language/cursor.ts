import type { JSONPath } from "jsonc-parser";
import type { Span } from "./finding.ts";
import { endOf } from "./insert.ts";
import { kinds, type Token, tokens } from "./tokens.ts";

/** The place of the cursor, from the tokens before it: a half-typed text has no other reliable structure. */
export interface Cursor {
  /** `key`: a key of the object at `path`; `value`: the value at `path`; `nothing`: a comment, behind a key, or before a list. */
  readonly expects: "key" | "value" | "nothing";
  readonly path: JSONPath;
  /** The typed word, replaced by the choice. */
  readonly word: Span;
  /** The word is a string, or the beginning of one. */
  readonly isQuoted: boolean;
  /** Where a comma is missing before the word. */
  readonly missingComma: number | undefined;
  /** A comma is needed after the word. */
  readonly needsCommaAfter: boolean;
  /** The key already has a colon, and so a value. */
  readonly hasColon: boolean;
}

type Frame =
  | { readonly type: "object"; key: string | undefined; state: "key" | "colon" | "value" | "after" }
  | { readonly type: "array"; index: number; state: "value" | "after" };

export function cursorAt(text: string, offset: number): Cursor {
  const stack: Frame[] = [];
  let before: Token | undefined;
  let current: Token | undefined;
  const ahead: Token[] = [];
  for (const token of tokens(text, { trivia: true })) {
    if (isBlank(token)) continue;
    if (token.offset >= offset && !isComment(token)) {
      if (ahead.push(token) === 2) break;
      continue;
    }
    if (ahead.length > 0) continue;
    if (isComment(token)) {
      if (offset > token.offset && (offset < endOf(token) || isLineEnd(token, offset)))
        return nothingAt(offset);
    } else if (touches(token, offset)) {
      current = token;
    } else {
      advance(stack, token, text);
      before = token;
    }
  }
  const expected = expectation(stack, before);
  const [after, next] = ahead;
  const given = current ? undefined : valueAhead(stack, after, next);
  if (given && (opens(given) || text.slice(offset, given.offset).includes("\n"))) return nothingAt(offset);
  const word = current
    ? wordOf(current, offset, text)
    : { offset, length: given ? endOf(given) - offset : 0 };
  return {
    ...expected,
    word,
    isQuoted: current?.kind === kinds.text,
    ...following(given ? next : after, stack),
  };
}

/** The existing value after the colon, which the choice replaces; not a key. */
function valueAhead(
  stack: readonly Frame[],
  after: Token | undefined,
  next: Token | undefined,
): Token | undefined {
  const top = stack.at(-1);
  if (top?.type !== "object" || top.state !== "value" || after === undefined) return undefined;
  return (punctuation.has(after.kind) && !opens(after)) || next?.kind === kinds.colon ? undefined : after;
}

const opens = ({ kind }: Token) => kind === kinds.openBrace || kind === kinds.openBracket;

const isBlank = ({ kind }: Token) => kind === kinds.blanks || kind === kinds.lineBreak;
const isComment = ({ kind }: Token) => kind === kinds.lineComment || kind === kinds.blockComment;
const isLineEnd = (token: Token, offset: number) =>
  (token.kind === kinds.lineComment || token.isOpen) && offset === endOf(token);

const nothingAt = (offset: number): Cursor => ({
  expects: "nothing",
  path: [],
  word: { offset, length: 0 },
  isQuoted: false,
  missingComma: undefined,
  needsCommaAfter: false,
  hasColon: false,
});

const punctuation: ReadonlySet<number> = new Set([
  kinds.openBrace,
  kinds.closeBrace,
  kinds.openBracket,
  kinds.closeBracket,
  kinds.comma,
  kinds.colon,
]);

/** Whether the cursor is in the token: after the last letter of a word counts, after a closing quote does not. */
function touches(token: Token, offset: number): boolean {
  if (punctuation.has(token.kind)) return false;
  const end = endOf(token);
  return offset < end || (offset === end && (token.kind !== kinds.text || token.isOpen));
}

/** Of an unterminated string, only the word is replaced: the rest of the line is something else. */
function wordOf(token: Token, offset: number, text: string): Span {
  if (!token.isOpen) return { offset: token.offset, length: token.length };
  const rest = /^[\w./\\-]*/.exec(text.slice(offset, endOf(token)))?.[0] ?? "";
  return { offset: token.offset, length: offset - token.offset + rest.length };
}

function advance(stack: Frame[], token: Token, text: string): void {
  const top = stack.at(-1);
  switch (token.kind) {
    case kinds.openBrace:
      beginValue(top);
      stack.push({ type: "object", key: undefined, state: "key" });
      break;
    case kinds.openBracket:
      beginValue(top);
      stack.push({ type: "array", index: 0, state: "value" });
      break;
    case kinds.closeBrace:
    case kinds.closeBracket:
      close(stack, token.kind === kinds.closeBrace ? "object" : "array");
      break;
    case kinds.comma:
      if (top?.type === "object") Object.assign(top, { key: undefined, state: "key" });
      else if (top) Object.assign(top, { index: top.index + 1, state: "value" });
      break;
    case kinds.colon:
      if (top?.type === "object") top.state = "value";
      break;
    default:
      takeWord(top, token, text);
  }
}

/** A bracket of the wrong kind closes nothing; a matching one also closes brackets left open inside. */
function close(stack: Frame[], type: Frame["type"]): void {
  const index = stack.findLastIndex((frame) => frame.type === type);
  if (index >= 0) stack.length = index;
}

function beginValue(frame: Frame | undefined): void {
  if (!frame) return;
  if (frame.type === "array" && frame.state === "after") frame.index++; // A comma is missing before it.
  frame.state = "after";
}

function takeWord(frame: Frame | undefined, token: Token, text: string): void {
  if (frame?.type === "object" && frame.state !== "value") {
    frame.key = keyText(text.slice(token.offset, endOf(token)));
    frame.state = "colon";
  } else {
    beginValue(frame);
  }
}

const keyText = (written: string): string => written.replace(/^"/, "").replace(/"$/, "");

function expectation(
  stack: readonly Frame[],
  before: Token | undefined,
): Pick<Cursor, "expects" | "path" | "missingComma"> {
  const top = stack.at(-1);
  const outer = stack.slice(0, -1).map(segment);
  const missingComma = top?.state === "after" && before ? endOf(before) : undefined;
  if (!top) return { expects: before ? "nothing" : "value", path: [], missingComma: undefined };
  if (top.type === "array") {
    const index = top.index + (missingComma === undefined ? 0 : 1);
    return { expects: "value", path: [...outer, index], missingComma };
  }
  if (top.state === "value")
    return { expects: "value", path: [...outer, segment(top)], missingComma: undefined };
  return { expects: top.state === "colon" ? "nothing" : "key", path: outer, missingComma };
}

const segment = (frame: Frame): string | number => (frame.type === "array" ? frame.index : (frame.key ?? ""));

function following(
  after: Token | undefined,
  stack: readonly Frame[],
): Pick<Cursor, "needsCommaAfter" | "hasColon"> {
  const isEnd = after === undefined || after.kind === kinds.closeBrace || after.kind === kinds.closeBracket;
  const hasColon = after?.kind === kinds.colon;
  return { hasColon, needsCommaAfter: stack.length > 0 && !isEnd && !hasColon && after.kind !== kinds.comma };
}
