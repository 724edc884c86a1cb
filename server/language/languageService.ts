import type {
  CodeActionKind,
  CodeLens,
  DocumentSymbol,
  FoldingRange,
  Hover,
  InlayHint,
  Position,
  Range,
  SelectionRange,
  TextEdit,
} from "vscode-languageserver-types";
import type { Anchor, RunSummary, StartingPoint } from "../protocol.ts";
import { anchors } from "./anchors.ts";
import { type CheckOptions, checkParsed, type Diagnostic, rangeOf } from "./check.ts";
import { type Action, codeActions } from "./codeActions.ts";
import { codeLenses } from "./codeLens.ts";
import { type Completion, complete } from "./completion/complete.ts";
import type { Knowledge } from "./facts.ts";
import type { Span } from "./finding.ts";
import { foldingRanges, selectionRanges } from "./folding.ts";
import { type FormatOptions, format } from "./format.ts";
import { type HoverFound, hover } from "./hover.ts";
import { inlayHints } from "./inlayHints.ts";
import { layerNameAt } from "./layerNames.ts";
import { layOut } from "./layOut.ts";
import { type FileLink, fileLinks } from "./links.ts";
import { modelOf } from "./model/model.ts";
import { outline } from "./outline.ts";
import { type Parsed, parse } from "./parse.ts";
import { type Renaming, rename, renameRange } from "./rename.ts";
import { startingPoints } from "./startingPoints.ts";

/**
 * All language features of an experiment's text. Nothing here reads a file or waits: facts beyond the text come in as {@link
 * Knowledge} and {@link CheckOptions}. Every function accepts any text, however broken.
 */
export interface LanguageService {
  parse(text: string): Parsed;
  /** Errors and warnings, in the order of the text, each with its fixes. */
  check(parsed: Parsed, options?: CheckOptions): Diagnostic[];

  /** Completions at a position, or the folder that has to be listed first. */
  complete(parsed: Parsed, at: Position, knowledge: Knowledge): Completion;
  /** Documentation of the word at a position, with facts about the file, layer or number that it names. */
  hover(parsed: Parsed, at: Position, knowledge: Knowledge, found?: HoverFound): Hover | undefined;
  /** Shapes and counts that follow from the text. */
  inlayHints(parsed: Parsed, within: Range, knowledge: Knowledge): InlayHint[];
  /** Commands above the text, with the state of its runs. */
  codeLenses(parsed: Parsed, uri: string, runs: readonly RunSummary[]): CodeLens[];
  /** Fixes and rewrites at a range. */
  codeActions(
    parsed: Parsed,
    range: Range,
    diagnostics: readonly Diagnostic[],
    only?: readonly CodeActionKind[],
  ): Action[];

  /** The files that the text names. */
  links(parsed: Parsed): FileLink[];
  outline(parsed: Parsed): DocumentSymbol[];
  foldingRanges(parsed: Parsed): FoldingRange[];
  selectionRanges(parsed: Parsed, positions: Position[]): SelectionRange[];
  format(parsed: Parsed, options: Omit<FormatOptions, "within">, within?: Range): TextEdit[];

  /** The text in the standard layout, to compare it with another. */
  layOut(parsed: Parsed): string;

  /** The layer named at a position, and all its references. */
  layerAt(parsed: Parsed, at: Position): NamedLayer | undefined;
  renameRange(parsed: Parsed, at: Position): { range: Range; placeholder: string } | undefined;
  rename(parsed: Parsed, at: Position, newName: string): Renaming | undefined;

  /** Where curves of the losses are drawn. */
  anchors(parsed: Parsed): Anchor[];
  /** Whole experiments to start from. */
  readonly startingPoints: readonly StartingPoint[];
}

interface NamedLayer {
  /** The layer's definition: its name, else its type, else its preset or file. */
  readonly place?: Range;
  /** Its name, where that is written out. */
  readonly definition?: Range;
  readonly uses: readonly Range[];
}

export const languageService: LanguageService = {
  parse,
  check: checkParsed,
  complete: (parsed, at, knowledge) => complete(parsed, offsetOf(parsed, at), knowledge),
  hover: (parsed, at, knowledge, found) => hover(parsed, offsetOf(parsed, at), knowledge, found),
  inlayHints(parsed, within, knowledge) {
    const model = modelOf(parsed, knowledge);
    return model ? inlayHints(model, spanOf(parsed, within)) : [];
  },
  codeLenses,
  codeActions,
  links: fileLinks,
  outline,
  foldingRanges,
  selectionRanges,
  format: (parsed, options, within) =>
    format(parsed, { ...options, ...(within && { within: spanOf(parsed, within) }) }),
  layOut,
  layerAt(parsed, at) {
    const found = layerNameAt(parsed, offsetOf(parsed, at));
    if (!found) return undefined;
    const { place, definition, uses } = found;
    return {
      ...(place && { place: rangeOf(parsed, place) }),
      ...(definition && { definition: rangeOf(parsed, definition) }),
      uses: uses.map((node) => rangeOf(parsed, node)),
    };
  },
  renameRange: (parsed, at) => renameRange(parsed, offsetOf(parsed, at)),
  rename: (parsed, at, newName) => rename(parsed, offsetOf(parsed, at), newName),
  anchors,
  startingPoints,
};

const offsetOf = ({ document }: Parsed, position: Position): number => document.offsetAt(position);

function spanOf({ document }: Parsed, { start, end }: Range): Span {
  const offset = document.offsetAt(start);
  return { offset, length: document.offsetAt(end) - offset };
}
