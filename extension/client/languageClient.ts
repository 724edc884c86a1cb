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
  /** Content above the server's hover. */
  readonly hoverAddition: HoverAddition;
  /** A crashed server is restarted while these are not too many. */
  readonly crashes: Crashes;
  readonly lensCommands: LensCommands;
  /** The server is no longer restarted automatically. */
  readonly onGivenUp: () => void;
}

/**
 * What goes wrong is in the log, and `onGivenUp` is where a person is asked. By itself the client shows three messages for
 * each time that a server ends while it starts, and the editor shows no more than three at a time.
 */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

/** Bundled apart from the rest of the extension, which stays small and quick to load: see scripts/build.mjs. */
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
        // One hover, in this order: of two providers the editor decides which comes first.
        provideHover: async (document, position, token, next) => {
          const addition = hoverAddition(document, position);
          const hover = await next(document, position, token);
          if (addition === undefined) return hover;
          return new vscode.Hover([addition, ...(hover?.contents ?? [])], hover?.range);
        },
        provideCodeLenses: async (document, token, next) =>
          (await next(document, token))?.map((lens) => lensCommands.lasting(lens)),
      },
      initializationFailedHandler: () => false, // as by default, without a message
      errorHandler: {
        // A message that cannot be sent means that the process is ending, and `closed` follows: shutting the client down
        // meanwhile would leave it stopped for good.
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
