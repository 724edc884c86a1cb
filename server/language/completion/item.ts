import {
  type CompletionItem,
  CompletionItemKind,
  InsertTextFormat,
  MarkupKind,
  type TextEdit,
} from "vscode-languageserver-types";
import { rangeOf } from "../check.ts";
import type { Cursor } from "../cursor.ts";
import type { Parsed } from "../parse.ts";

/** What can be chosen at a cursor, before it is known how it gets into the text. */
export interface Choice {
  readonly label: string;
  /** What is written: plain text, or a snippet where `isSnippet` says so. */
  readonly text: string;
  readonly isSnippet?: boolean;
  readonly kind: CompletionItemKind;
  /** A few words beside the label. */
  readonly detail?: string;
  /** Markdown. */
  readonly documentation?: string;
  readonly isPreferred?: boolean;
  /** Offer the next choice at once. */
  readonly goesOn?: boolean;
}

export const kindOf = CompletionItemKind;

/** The choices as items that keep the text valid: the word is replaced, and missing commas come along. */
export function items(choices: readonly Choice[], cursor: Cursor, parsed: Parsed): CompletionItem[] {
  const range = rangeOf(parsed, cursor.word);
  const comma: TextEdit[] =
    cursor.missingComma === undefined
      ? []
      : [{ range: rangeOf(parsed, { offset: cursor.missingComma, length: 0 }), newText: "," }];
  return choices.map((choice, index) => ({
    label: choice.label,
    kind: choice.kind,
    ...(choice.detail ? { detail: choice.detail } : {}),
    ...(choice.documentation
      ? { documentation: { kind: MarkupKind.Markdown, value: choice.documentation } }
      : {}),
    // Editors compare with what is typed, and that begins with the quote.
    filterText: cursor.isQuoted ? `"${choice.label}"` : choice.label,
    sortText: String(index).padStart(4, "0"),
    insertTextFormat: choice.isSnippet ? InsertTextFormat.Snippet : InsertTextFormat.PlainText,
    textEdit: { range, newText: choice.text + (cursor.needsCommaAfter ? "," : "") },
    ...(comma.length > 0 ? { additionalTextEdits: comma } : {}),
    ...(choice.isPreferred ? { preselect: true } : {}),
    ...(choice.goesOn ? { command: { title: "Suggest", command: "editor.action.triggerSuggest" } } : {}),
  }));
}

/** A writer of tab stops: each call is the next stop, with the text that stands there at first. */
export function stops(): (text: string) => string {
  let count = 0;
  return (text) => {
    count++;
    return text === "" ? `$${count}` : `\${${count}:${text.replaceAll(/[\\$}]/g, "\\$&")}}`;
  };
}
