import type { Node } from "jsonc-parser";

/** A stretch of the text, in UTF-16 code units as JavaScript counts them. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

/** Replaces a stretch of the text. */
export interface Edit extends Span {
  readonly text: string;
}

export interface Fix {
  readonly title: string;
  readonly edits: readonly Edit[];
  /** What mends it is not in the text: a command of the client. */
  readonly command?: FixCommand;
  /** Nothing else can be meant, so "Fix All" and saving may apply it unasked. */
  readonly isSure?: boolean;
}

export interface FixCommand {
  readonly command: string;
  readonly arguments: readonly unknown[];
}

export type Severity = "error" | "warning";

/** What is wrong (or odd) at one place, and what could be done about it. A value: a mistake in the file never throws. */
export interface Finding {
  readonly code: string;
  readonly severity: Severity;
  readonly span: Span;
  readonly message: string;
  readonly fixes: readonly Fix[];
  /** Other places that belong to it. */
  readonly related?: readonly { readonly span: Span; readonly message: string }[];
}

/** A finding before its rule has given it a code. */
export type Uncoded = Omit<Finding, "code">;

export const error = (span: Span, message: string, ...fixes: readonly Fix[]): Uncoded => ({
  severity: "error",
  span: spanOf(span),
  message,
  fixes,
});

export const warning = (span: Span, message: string, ...fixes: readonly Fix[]): Uncoded => ({
  severity: "warning",
  span: spanOf(span),
  message,
  fixes,
});

export const fix = (title: string, ...edits: readonly Edit[]): Fix => ({ title, edits });

export const sureFix = (title: string, ...edits: readonly Edit[]): Fix => ({ title, edits, isSure: true });

export const fixBy = (title: string, command: string, ...given: readonly unknown[]): Fix => ({
  title,
  edits: [],
  command: { command, arguments: given },
});

export const replace = ({ offset, length }: Span, text: string): Edit => ({ offset, length, text });

/** A node with a span of its own, without the tree that hangs on it. */
export const spanOf = ({ offset, length }: Span): Span => ({ offset, length });

export const textAt = (text: string, { offset, length }: Span): string => text.slice(offset, offset + length);

/** The text after the edits. They may come in any order but must not overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  return [...edits]
    .sort((a, b) => b.offset - a.offset || b.length - a.length)
    .reduce((result, edit) => {
      return result.slice(0, edit.offset) + edit.text + result.slice(edit.offset + edit.length);
    }, text);
}

/** The first bracket or quote of a node: a place to point at that does not underline half of the file. */
export const opening = (node: Node): Span => ({
  offset: node.offset,
  length: node.type === "object" || node.type === "array" ? 1 : node.length,
});
