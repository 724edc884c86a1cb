import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  type CancellationToken,
  type CodeAction,
  type Connection,
  LSPErrorCodes,
  type Position,
  type Range,
  ResponseError,
  type TextDocumentIdentifier,
} from "vscode-languageserver/node";
import { anchors } from "../language/anchors.ts";
import { rangeOf } from "../language/check.ts";
import { codeActions } from "../language/codeActions.ts";
import { codeLenses } from "../language/codeLens.ts";
import { complete } from "../language/completion/complete.ts";
import type { Span } from "../language/finding.ts";
import { foldingRanges, selectionRanges } from "../language/folding.ts";
import { type FormatOptions, format } from "../language/format.ts";
import { hover } from "../language/hover.ts";
import { inlayHints } from "../language/inlayHints.ts";
import { layerNameAt } from "../language/layerNames.ts";
import { fileLinks } from "../language/links.ts";
import { modelOf } from "../language/model/model.ts";
import { outline } from "../language/outline.ts";
import type { Parsed } from "../language/parse.ts";
import { rename, renameRange } from "../language/rename.ts";
import { startingPoints } from "../language/startingPoints.ts";
import { ListStartingPoints, ReadAnchors, type RunSummary } from "../protocol.ts";
import { type Diagnostics, toLsp } from "./diagnostics.ts";
import type { Experiment, Experiments } from "./experiments.ts";
import { listFolder } from "./folder.ts";
import type { FileKnowledgeCache } from "./knowledge.ts";
import { withPatience } from "./patience.ts";

/** A hover says what is known by then; a file on a share that is gone must not hold it up. */
const hoverPatienceMs = 300;

export interface Features {
  readonly experiments: Experiments;
  readonly knowledge: FileKnowledgeCache;
  readonly diagnostics: Diagnostics;
  /** The runs of an experiment file, newest first. */
  readonly runsOf: (file: string) => readonly RunSummary[];
  /** Whether a run of the experiment file has ended within the last moment. */
  readonly hasJustEnded: (file: string) => boolean;
  /** The client asks for lenses. */
  readonly onLenses: () => void;
}

/** Answers the requests of the Language Server Protocol: each finds the text and hands it to one pure function. */
export function answerLanguageRequests(connection: Connection, parts: Features): void {
  const { experiments, knowledge, diagnostics, runsOf, hasJustEnded, onLenses } = parts;
  const at =
    <P extends { readonly textDocument: TextDocumentIdentifier }, R>(
      answer: (experiment: Experiment, params: P, token: CancellationToken) => R | Promise<R>,
    ) =>
    async (params: P, token: CancellationToken): Promise<R | null> => {
      const experiment = experiments.get(params.textDocument.uri);
      if (!experiment) return null;
      refuseCancelled(token);
      const result = await answer(experiment, params, token);
      refuseCancelled(token);
      return result;
    };

  connection.onCompletion(
    at(async (experiment, { position }) => {
      const { parsed, folder } = experiment;
      const completion = complete(parsed, offsetOf(parsed, position), knowledge.of(experiment));
      if (!completion.path) return completion.items;
      return folder === undefined ? [] : completion.finish(await listFolder(folder, completion.path.folder));
    }),
  );
  connection.onHover(
    at(async (experiment, { position }) => {
      await withPatience(knowledge.refresh(experiment), hoverPatienceMs);
      const { parsed } = experiment;
      return hover(parsed, offsetOf(parsed, position), knowledge.of(experiment)) ?? null;
    }),
  );
  connection.languages.inlayHint.on(
    at((experiment, { range }) => {
      const model = modelOf(experiment.parsed, knowledge.of(experiment));
      return model ? inlayHints(model, spanOf(experiment.parsed, range)) : [];
    }),
  );
  connection.onCodeLens(
    at(({ parsed, uri, file }) => {
      onLenses();
      return codeLenses(parsed, uri, file ? runsOf(file) : [], {
        hasJustEnded: file !== undefined && hasJustEnded(file),
      });
    }),
  );
  connection.onCodeAction(
    at(({ parsed, uri }, { range, context }) =>
      codeActions(parsed, range, diagnostics.of(uri), context.only).map(
        ({ title, kind, edits, command, diagnostic, isPreferred }): CodeAction => ({
          title,
          kind,
          ...(command
            ? { command: { title, command: command.command, arguments: [...command.arguments] } }
            : { edit: { changes: { [uri]: [...edits] } } }),
          ...(diagnostic ? { diagnostics: [toLsp(diagnostic, uri)] } : {}),
          ...(isPreferred ? { isPreferred } : {}),
        }),
      ),
    ),
  );
  connection.onDocumentLinks(
    at(({ parsed, folder }) =>
      folder === undefined
        ? []
        : fileLinks(parsed).map(({ range, path }) => ({
            range,
            target: pathToFileURL(resolve(folder, path)).href,
          })),
    ),
  );
  connection.onDocumentSymbol(at(({ parsed }) => outline(parsed)));
  connection.onFoldingRanges(at(({ parsed }) => foldingRanges(parsed)));
  connection.onSelectionRanges(at(({ parsed }, { positions }) => selectionRanges(parsed, positions)));
  connection.onDocumentFormatting(at(({ parsed }, { options }) => format(parsed, formatting(options))));
  connection.onDocumentRangeFormatting(
    at(({ parsed }, { options, range }) =>
      format(parsed, { ...formatting(options), within: spanOf(parsed, range) }),
    ),
  );

  connection.onDefinition(
    at(({ parsed, uri }, { position }) => {
      const found = layerNameAt(parsed, offsetOf(parsed, position));
      return found?.place ? { uri, range: rangeOf(parsed, found.place) } : null;
    }),
  );
  connection.onReferences(
    at(({ parsed, uri }, { position, context }) => {
      const found = layerNameAt(parsed, offsetOf(parsed, position));
      const definition = context.includeDeclaration && found?.definition ? [found.definition] : [];
      return [...definition, ...(found?.uses ?? [])].map((node) => ({ uri, range: rangeOf(parsed, node) }));
    }),
  );
  connection.onDocumentHighlight(
    at(({ parsed }, { position }) => {
      const found = layerNameAt(parsed, offsetOf(parsed, position));
      return [found?.definition ?? [], found?.uses ?? []]
        .flat()
        .map((node) => ({ range: rangeOf(parsed, node) }));
    }),
  );
  connection.onPrepareRename(
    at(({ parsed }, { position }) => renameRange(parsed, offsetOf(parsed, position)) ?? null),
  );
  connection.onRenameRequest(
    at(({ parsed, uri }, { position, newName }) => {
      const renaming = rename(parsed, offsetOf(parsed, position), newName);
      if (!renaming) return null;
      if ("problem" in renaming) throw new ResponseError(LSPErrorCodes.RequestFailed, renaming.problem);
      return { changes: { [uri]: renaming.edits } };
    }),
  );

  connection.onRequest(ReadAnchors, ({ uri }) => {
    const experiment = experiments.get(uri);
    return experiment ? anchors(experiment.parsed) : [];
  });
  connection.onRequest(ListStartingPoints, () => [...startingPoints]);
}

function refuseCancelled(token: CancellationToken): void {
  if (token.isCancellationRequested) {
    throw new ResponseError(LSPErrorCodes.RequestCancelled, "The request was cancelled.");
  }
}

const offsetOf = ({ document }: Parsed, position: Position): number => document.offsetAt(position);

function spanOf({ document }: Parsed, { start, end }: Range): Span {
  const offset = document.offsetAt(start);
  return { offset, length: document.offsetAt(end) - offset };
}

const formatting = ({
  tabSize,
  insertSpaces,
  insertFinalNewline,
}: {
  readonly tabSize: number;
  readonly insertSpaces: boolean;
  readonly insertFinalNewline?: boolean;
}): FormatOptions => ({ tabSize, insertSpaces, insertFinalNewline });
