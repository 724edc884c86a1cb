import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  type CancellationToken,
  type CodeAction,
  type CodeLens,
  type Connection,
  LSPErrorCodes,
  ResponseError,
  type TextDocumentIdentifier,
} from "vscode-languageserver/node";
import type { Ground } from "../chart/colours.ts";
import { inQuotes } from "../codeSpans.ts";
import { experimentsOnFiles } from "../found/experiments.ts";
import type { LastRun } from "../language/facts.ts";
import type { FormatOptions } from "../language/format.ts";
import { languageService as language } from "../language/languageService.ts";
import { packageRoot } from "../packageRoot.ts";
import { LayOut, ListStartingPoints, ReadAnchors, type RunSummary } from "../protocol.ts";
import { type Diagnostics, toLsp } from "./diagnostics.ts";
import type { Experiment, Experiments } from "./experiments.ts";
import { listFolder } from "./folder.ts";
import type { FileKnowledgeCache } from "./knowledge.ts";
import { withPatience } from "./patience.ts";
import { stepSecondsOf } from "./runs/stepSeconds.ts";

/** A hover waits this long for facts; a file on a share that is gone must not delay it further. */
const hoverPatienceMs = 300;

/** A file of the package, which the editor opens; the rest of the address is a name from the schema. */
const pages = pathToFileURL(join(packageRoot(), "docs")).href;

export interface Features {
  readonly experiments: Experiments;
  readonly knowledge: FileKnowledgeCache;
  readonly diagnostics: Diagnostics;
  readonly lensesOf: (experiment: Experiment) => readonly CodeLens[];
  /** The runs of an experiment file, newest first. */
  readonly runsOf: (file: string) => readonly RunSummary[];
  /** What its newest run has found of its teacher. */
  readonly lastRun: (file: string) => LastRun | undefined;
  /** What pictures are drawn on. */
  readonly ground: () => Ground | undefined;
  /** The client requests lenses. */
  readonly onLenses: () => void;
}

/** Answers the requests of the Language Server Protocol: each finds the text and calls the language service. */
export function answerLanguageRequests(connection: Connection, parts: Features): void {
  const { experiments } = parts;
  const at = answeringFor(experiments);
  answerWithFacts(connection, at, parts);
  answerWithRuns(connection, at, parts);
  answerFromText(connection, at);
  answerAboutNames(connection, at);

  connection.onRequest(ReadAnchors, ({ uri }) => {
    const experiment = experiments.get(uri);
    return experiment ? language.anchors(experiment.parsed) : [];
  });
  connection.onRequest(LayOut, ({ text }) => ({ text: language.layOut(language.parse(text)) }));
  connection.onRequest(ListStartingPoints, async ({ around }) => {
    const { found, leftOut } = around
      ? await experimentsOnFiles(around.folder, around.root)
      : { found: [], leftOut: [] };
    return { points: [...found, ...language.startingPoints], leftOut };
  });
}

/** An answer about a text: null where it is not open. */
const answeringFor =
  (experiments: Experiments) =>
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

type At = ReturnType<typeof answeringFor>;

/** Completion, hover and hints, which use facts about files. */
function answerWithFacts(
  connection: Connection,
  at: At,
  { knowledge, lastRun, runsOf, ground }: Features,
): void {
  connection.onCompletion(
    at(async (experiment, { position }) => {
      const { parsed, folder } = experiment;
      const completion = language.complete(parsed, position, knowledge.of(experiment));
      if (!completion.path) return completion.items;
      return folder === undefined ? [] : completion.finish(await listFolder(folder, completion.path.folder));
    }),
  );
  connection.onHover(
    at(async (experiment, { position }) => {
      await withPatience(knowledge.refresh(experiment), hoverPatienceMs);
      const { parsed, file } = experiment;
      const ofRuns =
        file === undefined ? {} : { lastRun: lastRun(file), stepSeconds: stepSecondsOf(runsOf(file)) };
      const found = { ...ofRuns, ground: ground(), pages };
      return language.hover(parsed, position, knowledge.of(experiment), found) ?? null;
    }),
  );
  connection.languages.inlayHint.on(
    at((experiment, { range }) => language.inlayHints(experiment.parsed, range, knowledge.of(experiment))),
  );
}

/** Lenses and code actions, which use the runs and the diagnostics of an experiment. */
function answerWithRuns(connection: Connection, at: At, { diagnostics, lensesOf, onLenses }: Features): void {
  connection.onCodeLens(
    at((experiment) => {
      onLenses();
      return [...lensesOf(experiment)];
    }),
  );
  connection.onCodeAction(
    at(({ parsed, uri }, { range, context }) =>
      language.codeActions(parsed, range, diagnostics.of(uri), context.only).map(
        ({ title, kind, edits, command, diagnostic, isPreferred }): CodeAction => ({
          title: inQuotes(title),
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
}

/** Links, symbols, ranges and formats. */
function answerFromText(connection: Connection, at: At): void {
  connection.onDocumentLinks(
    at(({ parsed, folder }) =>
      folder === undefined
        ? []
        : language.links(parsed).map(({ range, path }) => ({
            range,
            target: pathToFileURL(resolve(folder, path)).href,
          })),
    ),
  );
  connection.onDocumentSymbol(at(({ parsed }) => language.outline(parsed)));
  connection.onFoldingRanges(at(({ parsed }) => language.foldingRanges(parsed)));
  connection.onSelectionRanges(
    at(({ parsed }, { positions }) => language.selectionRanges(parsed, positions)),
  );
  connection.onDocumentFormatting(
    at(({ parsed }, { options }) => language.format(parsed, formatting(options))),
  );
  connection.onDocumentRangeFormatting(
    at(({ parsed }, { options, range }) => language.format(parsed, formatting(options), range)),
  );
}

/** The names of layers: definitions, references and renaming. */
function answerAboutNames(connection: Connection, at: At): void {
  connection.onDefinition(
    at(({ parsed, uri }, { position }) => {
      const range = language.layerAt(parsed, position)?.place;
      return range ? { uri, range } : null;
    }),
  );
  connection.onReferences(
    at(({ parsed, uri }, { position, context }) => {
      const { definition, uses = [] } = language.layerAt(parsed, position) ?? {};
      const declaration = context.includeDeclaration && definition ? [definition] : [];
      return [...declaration, ...uses].map((range) => ({ uri, range }));
    }),
  );
  connection.onDocumentHighlight(
    at(({ parsed }, { position }) => {
      const { definition, uses = [] } = language.layerAt(parsed, position) ?? {};
      return [...(definition ? [definition] : []), ...uses].map((range) => ({ range }));
    }),
  );
  connection.onPrepareRename(
    at(({ parsed }, { position }) => language.renameRange(parsed, position) ?? null),
  );
  connection.onRenameRequest(
    at(({ parsed, uri }, { position, newName }) => {
      const renaming = language.rename(parsed, position, newName);
      if (!renaming) return null;
      if ("problem" in renaming) throw new ResponseError(LSPErrorCodes.RequestFailed, renaming.problem);
      return { changes: { [uri]: renaming.edits } };
    }),
  );
}

function refuseCancelled(token: CancellationToken): void {
  if (token.isCancellationRequested) {
    throw new ResponseError(LSPErrorCodes.RequestCancelled, "The request was cancelled.");
  }
}

const formatting = ({
  tabSize,
  insertSpaces,
  insertFinalNewline,
}: {
  readonly tabSize: number;
  readonly insertSpaces: boolean;
  readonly insertFinalNewline?: boolean;
}): Omit<FormatOptions, "within"> => ({ tabSize, insertSpaces, insertFinalNewline });
