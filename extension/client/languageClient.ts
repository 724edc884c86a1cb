import * as vscode from "vscode";
import { LanguageClient, RevealOutputChannelOn, TransportKind } from "vscode-languageclient/node";
import { languageId, type Settings } from "../../server/protocol.ts";

/** A server that dies is started again by the client, up to this often within three minutes. */
const restartsWithinThreeMinutes = 5;

export type HoverAddition = (
  document: vscode.TextDocument,
  position: vscode.Position,
) => vscode.MarkdownString | undefined;

export interface LanguageClientOptions {
  readonly serverModule: string;
  readonly log: vscode.LogOutputChannel;
  readonly readSettings: () => Settings;
  /** What stands above the server's words in a hover. */
  readonly hoverAddition: HoverAddition;
}

/** Bundled apart from the rest of the extension, which stays small and quick to load: see scripts/build.mjs. */
export function createLanguageClient(options: LanguageClientOptions): LanguageClient {
  const { serverModule, log, readSettings, hoverAddition } = options;
  const server = { module: serverModule, transport: TransportKind.ipc };
  return new LanguageClient(
    "distill",
    "Distillery",
    { run: server, debug: { ...server, options: { execArgv: ["--nolazy", "--inspect=6019"] } } },
    {
      documentSelector: [{ language: languageId }],
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
      },
      connectionOptions: { maxRestartCount: restartsWithinThreeMinutes },
    },
  );
}
