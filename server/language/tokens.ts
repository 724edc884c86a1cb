import { createScanner, type ScanError, type SyntaxKind } from "jsonc-parser";
import type { Span } from "./finding.ts";

/** jsonc-parser's kinds of tokens; its own enum exists for the compiler only. */
export const kinds = {
  openBrace: 1 as SyntaxKind.OpenBraceToken,
  closeBrace: 2 as SyntaxKind.CloseBraceToken,
  openBracket: 3 as SyntaxKind.OpenBracketToken,
  closeBracket: 4 as SyntaxKind.CloseBracketToken,
  comma: 5 as SyntaxKind.CommaToken,
  colon: 6 as SyntaxKind.ColonToken,
  text: 10 as SyntaxKind.StringLiteral,
  lineComment: 12 as SyntaxKind.LineCommentTrivia,
  blockComment: 13 as SyntaxKind.BlockCommentTrivia,
  lineBreak: 14 as SyntaxKind.LineBreakTrivia,
  blanks: 15 as SyntaxKind.Trivia,
  end: 17 as SyntaxKind.EOF,
} as const;

const openComment = 1 as ScanError.UnexpectedEndOfComment;
const openText = 2 as ScanError.UnexpectedEndOfString;

export interface Token extends Span {
  readonly kind: SyntaxKind;
  /** An unterminated string or comment; a string then ends with its line. */
  readonly isOpen: boolean;
}

/** The tokens of a text, without comments and white space unless `trivia` is set. Never fails. */
export function* tokens(text: string, { from = 0, trivia = false } = {}): Generator<Token> {
  const scanner = createScanner(text, !trivia);
  scanner.setPosition(from);
  for (let kind = scanner.scan(); kind !== kinds.end; kind = scanner.scan()) {
    const problem = scanner.getTokenError();
    yield {
      kind,
      offset: scanner.getTokenOffset(),
      length: scanner.getTokenLength(),
      isOpen: problem === openComment || problem === openText,
    };
  }
}
