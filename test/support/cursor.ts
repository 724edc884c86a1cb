import assert from "node:assert/strict";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { CompletionItem, TextEdit } from "vscode-languageserver-types";
import { complete } from "../../server/language/completion/complete.ts";
import type { FolderEntry } from "../../server/language/completion/paths.ts";
import { type Knowledge, nothingKnown } from "../../server/language/facts.ts";
import { type Parsed, parse } from "../../server/language/parse.ts";

/** A text in which `|` marks the cursor. */
export interface Marked {
  readonly text: string;
  readonly offset: number;
  readonly parsed: Parsed;
}

export function atCursor(marked: string): Marked {
  const offset = marked.indexOf("|");
  assert.ok(offset >= 0, "the cursor is not marked");
  const text = marked.slice(0, offset) + marked.slice(offset + 1);
  return { text, offset, parsed: parse(text) };
}

export function completions(
  marked: string,
  entries: readonly FolderEntry[] = [],
  knowledge: Knowledge = nothingKnown,
): CompletionItem[] {
  const { parsed, offset } = atCursor(marked);
  const completion = complete(parsed, offset, knowledge);
  return completion.path ? completion.finish(entries) : completion.items;
}

/** The text after an item was chosen, with tab stops at their initial values. */
export function accept(marked: string, label: string, entries: readonly FolderEntry[] = []): string {
  const item = completions(marked, entries).find((item) => item.label === label);
  assert.ok(item?.textEdit, `there is no ${label}`);
  const { newText, ...edit } = item.textEdit as TextEdit;
  const text = item.insertTextFormat === 2 ? expanded(newText) : newText;
  return applied(atCursor(marked).text, [{ ...edit, newText: text }, ...(item.additionalTextEdits ?? [])]);
}

export const applied = (text: string, edits: readonly TextEdit[]): string =>
  TextDocument.applyEdits(TextDocument.create("", "", 0, text), [...edits]);

const expanded = (snippet: string): string =>
  snippet
    .replaceAll(/\$\{\d+:((?:\\.|[^}\\])*)\}/g, "$1")
    .replaceAll(/\$\d+/g, "")
    .replaceAll(/\\([\\$}])/g, "$1");
