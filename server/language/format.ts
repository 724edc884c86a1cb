import { format as formatted } from "jsonc-parser";
import type { TextEdit } from "vscode-languageserver-types";
import { textEdit } from "./check.ts";
import type { Span } from "./finding.ts";
import type { Parsed } from "./parse.ts";

export interface FormatOptions {
  readonly tabSize: number;
  readonly insertSpaces: boolean;
  readonly insertFinalNewline?: boolean | undefined;
  /** Absent: the whole text. */
  readonly within?: Span | undefined;
}

/**
 * Indentation and blanks. Lines stay as they are broken, so that a layer that was written on one line keeps it. A text
 * that cannot be read is left alone.
 */
export function format(parsed: Parsed, { within, ...options }: FormatOptions): TextEdit[] {
  if (!parsed.root) return [];
  return formatted(parsed.text, within && { ...within }, {
    ...options,
    insertFinalNewline: options.insertFinalNewline ?? false,
    keepLines: true,
    eol: parsed.text.includes("\r\n") ? "\r\n" : "\n",
  }).map(({ offset, length, content }) => textEdit(parsed, { offset, length, text: content }));
}
