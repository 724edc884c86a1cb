import { between, isClosing, isOpening } from "./format.ts";
import { endOf } from "./insert.ts";
import type { Parsed } from "./parse.ts";
import { kinds, type Token, tokens } from "./tokens.ts";

/**
 * The text with line breaks that follow from its content alone: a key a line, and a list in one line where no
 * objects and comments are in it. Two experiments in this form differ only in what they say. A text that is not JSON is left as it is.
 */
export function layOut({ text, problems }: Parsed): string {
  if (problems.some(({ code }) => code === "syntax")) return text;
  const all = [...tokens(text, { trivia: true })];
  const written = all.filter(({ kind }) => kind !== kinds.blanks && kind !== kinds.lineBreak);
  const isBroken = brokenBrackets(written);
  const open: Token[] = [];
  let out = "";
  let before: Token | undefined;
  for (const token of written) {
    const enclosing = open.at(-1);
    if (isClosing(token)) open.pop();
    if (before !== undefined) {
      const isOnOtherLine = text.slice(endOf(before), token.offset).includes("\n");
      const isBeside = isComment(token) || isComment(before);
      const isBetweenParts = before.kind === kinds.comma || isOpening(before) || isClosing(token);
      const breaks = isBeside
        ? isOnOtherLine || before.kind === kinds.lineComment
        : isBetweenParts && enclosing !== undefined && isBroken.has(enclosing);
      if (breaks) out += `\n${"  ".repeat(open.length)}`;
      else out += isComment(token) ? " " : between(before, token);
    }
    out += text.slice(token.offset, endOf(token));
    if (isOpening(token)) open.push(token);
    before = token;
  }
  return `${out}\n`;
}

const isComment = ({ kind }: Token): boolean => kind === kinds.lineComment || kind === kinds.blockComment;

/** The brackets whose content stands on lines of its own: of an object, and of a list with an object or a comment in it. */
function brokenBrackets(written: readonly Token[]): ReadonlySet<Token> {
  const broken = new Set<Token>();
  const open: Token[] = [];
  for (const [i, token] of written.entries()) {
    const next = written[i + 1];
    const isEmpty = isOpening(token) && next !== undefined && isClosing(next);
    if (isComment(token) || (token.kind === kinds.openBrace && !isEmpty))
      for (const bracket of open) broken.add(bracket);
    if (token.kind === kinds.openBrace && !isEmpty) broken.add(token);
    if (isOpening(token)) open.push(token);
    if (isClosing(token)) open.pop();
  }
  return broken;
}
