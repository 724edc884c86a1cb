import { getLanguageService } from "vscode-json-languageservice";
import type { FoldingRange, Position, SelectionRange } from "vscode-languageserver-types";
import type { Parsed } from "./parse.ts";

const json = getLanguageService({});

/** Objects, lists and comments over several lines. */
export const foldingRanges = ({ document }: Parsed): FoldingRange[] =>
  json.getFoldingRanges(document, { rangeLimit: 5000 });

/** Expanding selections: value, property, object, … Of a text that was refused, which may be nested too deeply, each place alone. */
export const selectionRanges = ({ document, root }: Parsed, positions: Position[]): SelectionRange[] =>
  root === undefined
    ? positions.map((position) => ({ range: { start: position, end: position } }))
    : json.getSelectionRanges(document, positions, json.parseJSONDocument(document));
