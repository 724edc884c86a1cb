import { fork, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import {
  type ClientCapabilities,
  createProtocolConnection,
  type Diagnostic,
  ExitNotification,
  InitializedNotification,
  InitializeRequest,
  type InitializeResult,
  IPCMessageReader,
  IPCMessageWriter,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver-protocol/node";
import { languageId } from "../../server/protocol.ts";

export type Transport = "stdio" | "ipc";

const sourceFile = fileURLToPath(new URL("../../server/server.ts", import.meta.url));

/** A real language server in a process of its own, and a client that talks to it as an editor does. */
export interface LanguageServer {
  readonly connection: ProtocolConnection;
  readonly initialized: InitializeResult;
  /** The diagnostics last published, by URI, with their version. */
  readonly published: ReadonlyMap<
    string,
    { readonly version: number | undefined; readonly diagnostics: Diagnostic[] }
  >;
  readonly pid: number | undefined;
  open(uri: string, text: string): Promise<void>;
  /** Replaces the whole text. */
  change(uri: string, version: number, text: string): Promise<void>;
  /** Resolves with the first diagnostics of this version (or a later one) that satisfy the condition. */
  diagnostics(
    uri: string,
    version: number,
    until?: (diagnostics: Diagnostic[]) => boolean,
  ): Promise<Diagnostic[]>;
  /** Resolves with the server's exit code. */
  shutdown(): Promise<number | null>;
}

export interface StartOptions {
  readonly transport?: Transport;
  readonly folders?: readonly string[];
  readonly initializationOptions?: unknown;
  readonly capabilities?: ClientCapabilities;
  /** The server's own source unless another file is given, such as the bundle. */
  readonly serverFile?: string;
}

/** Starts a server that ends with the test at the latest. */
export async function startLanguageServer(
  after: (clean: () => void) => void,
  {
    transport = "stdio",
    folders,
    initializationOptions = {},
    capabilities = {},
    serverFile = sourceFile,
  }: StartOptions = {},
): Promise<LanguageServer> {
  const { connection, exited, child } = transport === "ipc" ? overIpc(serverFile) : overStdio(serverFile);
  after(() => child.kill("SIGKILL"));
  // The connection never settles requests to a server that has ended; disposed, it rejects them.
  child.once("close", () => connection.dispose());
  const published = new Map<string, { version: number | undefined; diagnostics: Diagnostic[] }>();
  const waiting = new Set<() => void>();
  connection.onNotification(PublishDiagnosticsNotification.type, ({ uri, version, diagnostics }) => {
    published.set(uri, { version, diagnostics });
    for (const notify of waiting) notify();
  });
  connection.listen();
  const initialized = await connection.sendRequest(InitializeRequest.type, {
    processId: process.pid,
    rootUri: null,
    capabilities,
    initializationOptions,
    workspaceFolders: folders?.map((folder) => ({ uri: uriOf(folder), name: folder })) ?? null,
  });
  await connection.sendNotification(InitializedNotification.type, {});
  return {
    connection,
    initialized,
    published,
    pid: child.pid,
    open: (uri, text) =>
      connection.sendNotification("textDocument/didOpen", {
        textDocument: { uri, languageId, version: 1, text },
      }),
    change: (uri, version, text) =>
      connection.sendNotification("textDocument/didChange", {
        textDocument: { uri, version },
        contentChanges: [{ text }],
      }),
    diagnostics: (uri, version, until = () => true) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(notify);
          reject(new Error(`No such diagnostics of ${uri}; last: ${JSON.stringify(published.get(uri))}`));
        }, 120_000);
        const notify = () => {
          const last = published.get(uri);
          if (!last || (last.version ?? 0) < version || !until(last.diagnostics)) return;
          clearTimeout(timer);
          waiting.delete(notify);
          resolve(last.diagnostics);
        };
        waiting.add(notify);
        notify();
      }),
    async shutdown() {
      await connection.sendRequest(ShutdownRequest.type);
      await connection.sendNotification(ExitNotification.type);
      const code = await exited;
      connection.dispose();
      return code;
    },
  };
}

function overStdio(serverFile: string) {
  const child = spawn(process.execPath, [serverFile, "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
  const connection = createProtocolConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  return { child, connection, exited: new Promise<number | null>((resolve) => child.once("exit", resolve)) };
}

function overIpc(serverFile: string) {
  const child = fork(serverFile, ["--node-ipc"]);
  const connection = createProtocolConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
  return { child, connection, exited: new Promise<number | null>((resolve) => child.once("exit", resolve)) };
}

export const uriOf = (path: string): string => pathToFileURL(path).href;

/** A folder with these files, removed when the test ends; a trainer that was asked to stop may still write into it then. */
export async function temporaryFolder(
  after: (clean: () => Promise<void>) => void,
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "distill-protocol-"));
  after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}
