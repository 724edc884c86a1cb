import * as vscode from "vscode";
import type { LanguageClient, State } from "vscode-languageclient/node";
import type { NotificationType, RequestParam, RequestType } from "vscode-languageserver-protocol";
import {
  RunEvents,
  type RunEventsParams,
  RunsChanged,
  type RunsChangedParams,
  type Settings,
  SettingsChanged,
} from "../../server/protocol.ts";
import type { HoverAddition } from "./languageClient.ts";

const running: State.Running = 2; // The enum itself is in the client's bundle, which is loaded later.

/** The language server, as the editor side sees it: requests, two streams, and the moment when it is (again) there. */
export class Connection implements vscode.Disposable {
  readonly #log: vscode.LogOutputChannel;
  readonly #serverModule: string;
  readonly #ready = new vscode.EventEmitter<void>();
  readonly #runsChanged = new vscode.EventEmitter<RunsChangedParams>();
  readonly #runEvents = new vscode.EventEmitter<RunEventsParams>();
  readonly #disposables: vscode.Disposable[] = [this.#ready, this.#runsChanged, this.#runEvents];
  #client: Promise<LanguageClient> | undefined;

  /** What stands above the server's words in a hover; set by whoever knows. */
  hoverAddition: HoverAddition = () => undefined;

  /** The server answers: at first, and again after every restart. What was read from it before is to be read anew. */
  readonly onReady = this.#ready.event;
  readonly onRunsChanged = this.#runsChanged.event;
  readonly onRunEvents = this.#runEvents.event;

  constructor(options: { serverModule: string; log: vscode.LogOutputChannel }) {
    this.#serverModule = options.serverModule;
    this.#log = options.log;
    this.#disposables.push(
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration("distill")) void this.#sendSettings();
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => void this.#sendSettings()),
    );
  }

  /** Resolves when the server answers; the client is loaded on the first call only, after activation. */
  start(): Promise<LanguageClient> {
    this.#client ??= this.#create();
    return this.#client;
  }

  async restart(): Promise<void> {
    const client = await this.start();
    await client.restart();
  }

  async request<P, R>(type: RequestType<P, R, void>, params: RequestParam<P>): Promise<R> {
    const client = await this.start();
    return client.sendRequest<R>(type.method, params);
  }

  /**
   * For what is read in the background: undefined where the server goes away meanwhile. `onReady` follows when it is
   * back, and then it is asked again.
   */
  async ask<P, R>(type: RequestType<P, R, void>, params: RequestParam<P>): Promise<R | undefined> {
    try {
      return await this.request(type, params);
    } catch (error) {
      this.#log.debug(`${type.method}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }

  async notify<P>(type: NotificationType<P>, params: RequestParam<P>): Promise<void> {
    const client = await this.start();
    await client.sendNotification(type.method, params);
  }

  async #create(): Promise<LanguageClient> {
    const { createLanguageClient } = await import("./languageClient.ts");
    const client = createLanguageClient({
      serverModule: this.#serverModule,
      log: this.#log,
      readSettings,
      hoverAddition: (document, position) => this.hoverAddition(document, position),
    });
    this.#disposables.push(
      client.onNotification(RunsChanged.method, (params: RunsChangedParams) =>
        this.#runsChanged.fire(params),
      ),
      client.onNotification(RunEvents.method, (params: RunEventsParams) => this.#runEvents.fire(params)),
      client.onDidChangeState(({ newState }) => {
        if (newState === running) this.#ready.fire();
      }),
    );
    await client.start();
    return client;
  }

  async #sendSettings(): Promise<void> {
    if (this.#client !== undefined) await this.notify(SettingsChanged, readSettings());
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
    void this.#client?.then(
      (client) => client.dispose(),
      () => undefined, // It never started: there is nothing to end.
    );
  }
}

function readSettings(): Settings {
  const settings = vscode.workspace.getConfiguration("distill");
  const nodePath = settings.get<string>("nodePath", "");
  const runsDirectory = settings.get<string>("runsDirectory", "");
  return {
    ...(nodePath && { nodePath }),
    ...(runsDirectory && { runsDirectory }),
    trusted: vscode.workspace.isTrusted,
  };
}
