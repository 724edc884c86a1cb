import type { CompletionItem } from "vscode-languageserver-types";
import { type Cursor, cursorAt } from "../cursor.ts";
import { type Knowledge, nothingKnown } from "../facts.ts";
import type { Parsed } from "../parse.ts";
import { startingPoints } from "../startingPoints.ts";
import { type Choice, items, kindOf } from "./item.ts";
import { keyChoices } from "./keys.ts";
import { type FolderEntry, moduleRequest, type PathRequest, pathChoices, pathRequest } from "./paths.ts";
import { conditionValues, sweepKeyChoices } from "./sweep.ts";
import { valueChoices } from "./values.ts";

/** The items, or the folder that has to be listed first. */
export type Completion =
  | { readonly items: CompletionItem[]; readonly path?: undefined }
  | { readonly path: PathRequest; readonly finish: (entries: readonly FolderEntry[]) => CompletionItem[] };

/** What can be typed at an offset. */
export function complete(parsed: Parsed, offset: number, knowledge: Knowledge = nothingKnown): Completion {
  if (parsed.text.trim() === "") return { items: items(templates(), emptyCursor(parsed.text), parsed) };
  const cursor = cursorAt(parsed.text, offset);
  const path = pathRequest(parsed, cursor, offset);
  if (path) {
    const typed = parsed.text.slice(cursor.word.offset, offset).replace(/^"/, "");
    const name = typed.slice(path.folder.length);
    return { path, finish: (entries) => items(pathChoices(path, entries, name), cursor, parsed) };
  }
  const choices = choicesAt(parsed, cursor, knowledge);
  const modules = moduleRequest(parsed, cursor);
  if (modules === undefined) return { items: items(choices, cursor, parsed) };
  const own = (entries: readonly FolderEntry[]) =>
    pathChoices(
      modules,
      entries.filter(({ isFolder }) => !isFolder),
      "",
    );
  return { path: modules, finish: (entries) => items([...choices, ...own(entries)], cursor, parsed) };
}

function choicesAt(parsed: Parsed, cursor: Cursor, knowledge: Knowledge): Choice[] {
  switch (cursor.expects) {
    case "key":
      return sweepKeyChoices(parsed, cursor) ?? keyChoices(parsed, cursor, knowledge);
    case "value":
      return conditionValues(parsed, cursor) ?? valueChoices(parsed, cursor, knowledge);
    case "nothing":
      return [];
  }
}

/** Those of one file: no other is made by completion. */
const templates = (): Choice[] =>
  startingPoints
    .filter(({ beside }) => beside === undefined)
    .map(({ label, description, text }) => ({
      label,
      kind: kindOf.Snippet,
      // Not as its detail, which shares the line and would shorten the label.
      documentation: `${description}\n\n\`\`\`json\n${text}\n\`\`\``,
      text,
    }));

/** An empty file is replaced as a whole. */
const emptyCursor = (text: string): Cursor => ({
  expects: "value",
  path: [],
  word: { offset: 0, length: text.length },
  isQuoted: false,
  missingComma: undefined,
  needsCommaAfter: false,
  hasColon: false,
});
