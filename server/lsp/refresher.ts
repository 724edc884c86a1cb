import {
  type ClientCapabilities,
  CodeLensRefreshRequest,
  type Connection,
  InlayHintRefreshRequest,
} from "vscode-languageserver/node";

/** While a run goes on its CodeLens counts; once a second is as often as anyone reads it. */
const lensMs = 1000;
/**
 * VS Code waits a moment before it asks for lenses, and drops the wish when the text loses the keyboard meanwhile. A run
 * that goes on tells again; what was the last change is told twice.
 */
const againMs = 1500;
/**
 * VS Code also waits longer the slower the answers are, and begins to wait anew with each telling: told every second, it
 * would not ask on a slow machine before the run has ended. So it is told ever more rarely until it asks.
 */
const mostDoublings = 4;

/** Asks the client to ask again for what has changed without the text. */
export class Refresher {
  readonly #connection: Pick<Connection, "sendRequest">;
  readonly #client: ClientCapabilities;
  #lastLens = 0;
  /** Tellings since the client last asked for lenses. */
  #unheard = 0;
  #waiting: NodeJS.Timeout | undefined;
  #again: NodeJS.Timeout | undefined;

  constructor(connection: Pick<Connection, "sendRequest">, client: ClientCapabilities) {
    this.#connection = connection;
    this.#client = client;
  }

  lenses({ atOnce = false } = {}): void {
    if (!this.#client.workspace?.codeLens?.refreshSupport) return;
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.#ask(CodeLensRefreshRequest.method), againMs);
    if (this.#waiting && !atOnce) return;
    this.#tell(atOnce ? 0 : this.#pause());
  }

  /** The client has asked for lenses. */
  heard(): void {
    this.#unheard = 0;
    if (this.#waiting) this.#tell(this.#pause());
  }

  #pause(): number {
    const between = lensMs * 2 ** Math.min(this.#unheard, mostDoublings);
    return Math.max(0, this.#lastLens + between - Date.now());
  }

  #tell(wait: number): void {
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => {
      this.#waiting = undefined;
      this.#lastLens = Date.now();
      this.#unheard += 1;
      this.#ask(CodeLensRefreshRequest.method);
    }, wait);
  }

  hints(): void {
    if (this.#client.workspace?.inlayHint?.refreshSupport) this.#ask(InlayHintRefreshRequest.method);
  }

  close(): void {
    clearTimeout(this.#waiting);
    clearTimeout(this.#again);
  }

  /** A client that is going away does not answer; nothing is lost. */
  #ask(method: string): void {
    this.#connection.sendRequest(method).catch(() => undefined);
  }
}
