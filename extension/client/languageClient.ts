import * as vscode from "vscode";
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  RevealOutputChannelOn,
  TransportKind,
} from "vscode-languageclient/node";
import { languageId, type Settings } from "../../server/protocol.ts";
import { experimentSchemes } from "../experiments/experiments.ts";
import { withGuidePreviews } from "../hover/guideLinks.ts";
import type { Crashes } from "./crashes.ts";
import type { LensCommands } from "./lensCommands.ts";

export type HoverAddition = (
  document: vscode.TextDocument,
  position: vscode.Position,
) => vscode.MarkdownString | undefined;

export interface LanguageClientOptions {
  readonly serverModule: string;
  readonly log: vscode.LogOutputChannel;
  readonly readSettings: () => Settings;
  /** Content above the server's hover, below one that begins with a picture of its own. */
  readonly hoverAddition: HoverAddition;
  /** Decides whether a crashed server is restarted. */
  readonly crashes: Crashes;
  readonly lensCommands: LensCommands;
  /** The server is no longer restarted automatically. */
  readonly onGivenUp: () => void;
}

/**
 * Errors go to the log; `onGivenUp` asks the person. On its own the client would show three messages for each time that
 * a server ends while it starts, and the editor shows three at a time.
 */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

const beginsWithPicture = (content: vscode.Hover["contents"][number]): boolean =>
  content instanceof vscode.MarkdownString && content.value.startsWith("![");

/** Bundled separately, so that the rest of the extension stays small and quick to load: see scripts/build.mjs. */
export function createLanguageClient(options: LanguageClientOptions): LanguageClient {
  const { serverModule, log, readSettings, hoverAddition, crashes, lensCommands, onGivenUp } = options;
  const server = { module: serverModule, transport: TransportKind.ipc };
  return new QuietClient(
    "distill",
    "Distillery",
    { run: server, debug: { ...server, options: { execArgv: ["--nolazy", "--inspect=6019"] } } },
    {
      documentSelector: experimentSchemes.map((scheme) => ({ scheme, language: languageId })),
      initializationOptions: readSettings,
      outputChannel: log,
      traceOutputChannel: log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      middleware: {
        // One hover in this order: with two providers the editor would choose which comes first.
        provideHover: async (document, position, token, next) => {
          const addition = hoverAddition(document, position);
          const hover = await next(document, position, token);
          const own = hover?.contents.map(withGuidePreviews) ?? [];
          const curve = addition === undefined ? [] : [addition];
          const contents = own.some(beginsWithPicture) ? [...own, ...curve] : [...curve, ...own];
          return contents.length === 0 ? undefined : new vscode.Hover(contents, hover?.range);
        },
        provideCodeLenses: async (document, token, next) =>
          (await next(document, token))?.map((lens) => lensCommands.lasting(lens)),
      },
      initializationFailedHandler: () => false, // as by default, but without a message
      errorHandler: {
        // A message that cannot be sent means that the process is ending; `closed` follows. Shutting the client down
        // now would leave it stopped for good.
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed() {
          if (crashes.note()) return { action: CloseAction.Restart };
          onGivenUp();
          return { action: CloseAction.DoNotRestart, handled: true };
        },
      },
    },
  );
}
