import {
  type ClientCapabilities,
  CodeLensRefreshRequest,
  type Connection,
  InlayHintRefreshRequest,
} from "vscode-languageserver/node";

/** A running CodeLens counts steps; once a second is enough. */
const lensMs = 1000;
/**
 * VS Code delays its request for lenses, and drops it when the text loses focus meanwhile. A running run refreshes again; the
 * last change is sent twice.
 */
const againMs = 1500;
/**
 * VS Code also delays longer for slow answers, and restarts the delay with each refresh: refreshed every second, it would not
 * request lenses on a slow machine before the run has ended. So refreshes become rarer until it does.
 */
const mostDoublings = 4;

/** Asks the client to refresh features that changed without the text. */
export class Refresher {
  readonly #connection: Pick<Connection, "sendRequest">;
  readonly #client: ClientCapabilities;
  #lastLens = 0;
  /** Refreshes since the client last requested lenses. */
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
    this.#again = setTimeout(() => this.#request(CodeLensRefreshRequest.method), againMs);
    if (this.#waiting && !atOnce) return;
    this.#tell(atOnce ? 0 : this.#pause());
  }

  /** The client has requested lenses. */
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
      this.#request(CodeLensRefreshRequest.method);
    }, wait);
  }

  hints(): void {
    if (this.#client.workspace?.inlayHint?.refreshSupport) this.#request(InlayHintRefreshRequest.method);
  }

  close(): void {
    clearTimeout(this.#waiting);
    clearTimeout(this.#again);
  }

  /** A client that is shutting down does not answer. */
  #request(method: string): void {
    this.#connection.sendRequest(method).catch(() => undefined);
  }
}
