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
import { ground } from "../inline/ground.ts";
import { notify } from "../notify.ts";
import { Crashes } from "./crashes.ts";
import type { HoverAddition } from "./languageClient.ts";
import { LensCommands } from "./lensCommands.ts";
import { retried, startFailure } from "./retried.ts";

const running: State.Running = 2; // The enum itself is in the client's bundle, which is loaded later.

const mostCrashes = 5;
const crashMinutes = 3;
/** A server that ended is restarted within a second or two. */
const restartMs = 10_000;

/** The language server as the extension uses it: requests, two streams, starts and restarts. */
export class Connection implements vscode.Disposable {
  readonly #log: vscode.LogOutputChannel;
  readonly #serverModule: string;
  readonly #ready = new vscode.EventEmitter<void>();
  readonly #standing = new vscode.EventEmitter<void>();
  readonly #runsChanged = new vscode.EventEmitter<RunsChangedParams>();
  readonly #runEvents = new vscode.EventEmitter<RunEventsParams>();
  readonly #lensCommands = new LensCommands();
  readonly #disposables: vscode.Disposable[] = [
    this.#ready,
    this.#standing,
    this.#runsChanged,
    this.#runEvents,
    this.#lensCommands,
  ];
  readonly #crashes = new Crashes({ most: mostCrashes, withinMs: crashMinutes * 60_000 });
  #client: Promise<LanguageClient> | undefined;
  #hasGivenUp = false;
  #isDown = false;

  /** Content beside the server's hover. */
  hoverAddition: HoverAddition = () => undefined;

  /** Fires when the server is ready, at first and after every restart. Data read before must be read again. */
  readonly onReady = this.#ready.event;
  /** Fires when `isDown` changes. */
  readonly onStanding = this.#standing.event;
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
      vscode.window.onDidChangeActiveColorTheme(() => void this.#sendSettings()),
    );
  }

  /**
   * Resolves when the server answers or could not be started; the log then has the reason. The client's bundle is
   * loaded on the first call, after activation.
   */
  start(): Promise<LanguageClient> {
    this.#client ??= this.#create();
    return this.#client;
  }

  /** The server did not start, or was given up: until a person restarts it, nothing is answered. */
  get isDown(): boolean {
    return this.#isDown;
  }

  #setDown(isDown: boolean): void {
    if (isDown === this.#isDown) return;
    this.#isDown = isDown;
    this.#standing.fire();
  }

  async restart(): Promise<void> {
    const client = await this.start();
    this.#hasGivenUp = false;
    this.#crashes.forget();
    this.#setDown(false);
    try {
      await (client.state === running ? client.restart() : client.start());
    } catch (error) {
      this.#setDown(client.state !== running);
      throw startFailure(error);
    }
  }

  /** For a person's commands: restarts a server that was given up. */
  async request<P, R>(type: RequestType<P, R, void>, params: RequestParam<P>): Promise<R> {
    if (this.#hasGivenUp) await this.restart();
    return retried(() => this.#send(type, params), { untilReady: () => this.#untilReady() });
  }

  async #untilReady(): Promise<boolean> {
    const client = await this.start();
    if (client.state === running) return true;
    let listener: vscode.Disposable | undefined;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise((resolve) => {
        listener = this.onReady(() => resolve(true));
        timer = setTimeout(() => resolve(false), restartMs);
      });
    } finally {
      listener?.dispose();
      clearTimeout(timer);
    }
  }

  /** For background reads: undefined if the server ends meanwhile. `onReady` fires once it is back; then read again. */
  async ask<P, R>(type: RequestType<P, R, void>, params: RequestParam<P>): Promise<R | undefined> {
    try {
      return await this.#send(type, params);
    } catch (error) {
      this.#log.debug(`${type.method}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }

  async #send<P, R>(type: RequestType<P, R, void>, params: RequestParam<P>): Promise<R> {
    const client = await this.start();
    return client.sendRequest<R>(type.method, params);
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
      crashes: this.#crashes,
      lensCommands: this.#lensCommands,
      onGivenUp: () => this.#giveUp(),
    });
    this.#disposables.push(
      client.onNotification(RunsChanged.method, (params: RunsChangedParams) =>
        this.#runsChanged.fire(params),
      ),
      client.onNotification(RunEvents.method, (params: RunEventsParams) => this.#runEvents.fire(params)),
      client.onDidChangeState(({ newState }) => {
        if (newState !== running) return;
        this.#setDown(false);
        this.#ready.fire();
      }),
    );
    try {
      await client.start();
    } catch (error) {
      // It may run after all: the client restarts a server that ends while it starts.
      this.#setDown(client.state !== running);
      this.#log.error(
        `The language server did not start: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    return client;
  }

  #giveUp(): void {
    this.#hasGivenUp = true;
    this.#setDown(true);
    notify(
      "error",
      `The language server crashed ${mostCrashes + 1} times in ${crashMinutes} minutes and was not restarted. Trainers continue without it.`,
      {
        Restart: () => vscode.commands.executeCommand("distill.restartServer"),
        "Show Log": () => this.#log.show(),
      },
    );
  }

  async #sendSettings(): Promise<void> {
    // A later start of the server passes it the settings.
    if (this.#client !== undefined && !this.#hasGivenUp) await this.notify(SettingsChanged, readSettings());
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
    void this.#client?.then(
      (client) => client.dispose(),
      () => undefined, // It never started, so there is nothing to end.
    );
  }
}

function readSettings(): Settings {
  const settings = vscode.workspace.getConfiguration("distill");
  const nodePath = settings.get<string>("nodePath", "");
  const runsDirectory = settings.get<string>("runsDirectory", "");
  const tensorboardDirectory = settings.get<string>("tensorboardDirectory", "");
  const mlflow = settings.get<string>("mlflow", "");
  const jobs = settings.get<number | null>("jobs", null);
  const executor = settings.get<string>("executor", "local");
  const imageCacheGigabytes = settings.get<number | null>("imageCacheGigabytes", null);
  return {
    ...(nodePath && { nodePath }),
    ...(runsDirectory && { runsDirectory }),
    ...(tensorboardDirectory && { tensorboardDirectory }),
    ...(mlflow && { mlflow }),
    ...(jobs && { jobs }),
    executor,
    ...(imageCacheGigabytes && { imageCacheGigabytes }),
    trusted: vscode.workspace.isTrusted,
    ground: ground(),
  };
}
