import type * as vscode from "vscode";
import { LanguageClient, RevealOutputChannelOn, TransportKind } from "vscode-languageclient/node";
import { languageId, type Settings } from "../../server/protocol.ts";

/** A server that dies is started again by the client, up to this often within three minutes. */
const restartsWithinThreeMinutes = 5;

export interface LanguageClientOptions {
  readonly serverModule: string;
  readonly log: vscode.LogOutputChannel;
  readonly readSettings: () => Settings;
}

/** Bundled apart from the rest of the extension, which stays small and quick to load: see scripts/build.mjs. */
export function createLanguageClient({
  serverModule,
  log,
  readSettings,
}: LanguageClientOptions): LanguageClient {
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
      connectionOptions: { maxRestartCount: restartsWithinThreeMinutes },
    },
  );
}
