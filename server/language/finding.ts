import type { Node } from "jsonc-parser";

/** A span of the text, in UTF-16 code units as JavaScript counts them. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

/** Replaces a span of the text. */
export interface Edit extends Span {
  readonly text: string;
}

export interface Fix {
  readonly title: string;
  readonly edits: readonly Edit[];
  /** The fix is a command of the client, not an edit. */
  readonly command?: FixCommand;
  /** Unambiguous, so "Fix All" and saving may apply it. */
  readonly isSure?: boolean;
}

export interface FixCommand {
  readonly command: string;
  readonly arguments: readonly unknown[];
}

export type Severity = "error" | "warning";

/** An error or warning at one place, with its fixes. A value: mistakes in the file never throw. */
export interface Finding {
  readonly code: string;
  readonly severity: Severity;
  readonly span: Span;
  readonly message: string;
  readonly fixes: readonly Fix[];
  /** Of a key that stands at a wrong place: its right one. */
  readonly movesTo?: (string | number)[];
  /** Related places. */
  readonly related?: readonly { readonly span: Span; readonly message: string }[];
}

/** A finding before its rule adds a code. */
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

/** A node's span, without its subtree. */
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

/** The opening bracket or quote of a node: a finding there does not underline half of the file. */
export const opening = (node: Node): Span => ({
  offset: node.offset,
  length: node.type === "object" || node.type === "array" ? 1 : node.length,
});
