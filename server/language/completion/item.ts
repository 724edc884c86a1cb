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

/** A choice at a cursor, before its edit is known. */
export interface Choice {
  readonly label: string;
  /** Text to insert: plain, or a snippet if `isSnippet`. */
  readonly text: string;
  readonly isSnippet?: boolean;
  readonly kind: CompletionItemKind;
  /** A few words beside the label. */
  readonly detail?: string;
  /** It is what one chooses by, and stands in each row. Else in that of the chosen one, where the label leaves it room. */
  readonly isDetailInEachRow?: boolean;
  /** Markdown. */
  readonly documentation?: string;
  readonly isPreferred?: boolean;
  /** Offer the next choice at once. */
  readonly goesOn?: boolean;
}

export const kindOf = CompletionItemKind;

/** The choices as items that keep the text valid: they replace the word and add missing commas. */
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
    ...(choice.detail && choice.isDetailInEachRow ? { labelDetails: { description: choice.detail } } : {}),
    ...(choice.documentation
      ? { documentation: { kind: MarkupKind.Markdown, value: choice.documentation } }
      : {}),
    // Editors filter by the typed word, which begins with the quote.
    filterText: cursor.isQuoted ? `"${choice.label}"` : choice.label,
    sortText: String(index).padStart(4, "0"),
    insertTextFormat: choice.isSnippet ? InsertTextFormat.Snippet : InsertTextFormat.PlainText,
    textEdit: { range, newText: choice.text + (cursor.needsCommaAfter ? "," : "") },
    ...(comma.length > 0 ? { additionalTextEdits: comma } : {}),
    ...(choice.isPreferred ? { preselect: true } : {}),
    ...(choice.goesOn ? { command: { title: "Suggest", command: "editor.action.triggerSuggest" } } : {}),
  }));
}

/** A writer of tab stops: each call gives the next stop, with its placeholder. */
export function stops(): (text: string) => string {
  let count = 0;
  return (text) => {
    count++;
    return text === "" ? `$${count}` : `\${${count}:${text.replaceAll(/[\\$}]/g, "\\$&")}}`;
  };
}
