import { getLanguageService } from "vscode-json-languageservice";
import type { FoldingRange, Position, SelectionRange } from "vscode-languageserver-types";
import type { Parsed } from "./parse.ts";

const json = getLanguageService({});

/** Objects, lists and comments over several lines. */
export const foldingRanges = ({ document }: Parsed): FoldingRange[] =>
  json.getFoldingRanges(document, { rangeLimit: 5000 });

/** Expanding selections: value, property, object, … */
export const selectionRanges = ({ document }: Parsed, positions: Position[]): SelectionRange[] =>
  json.getSelectionRanges(document, positions, json.parseJSONDocument(document));
