import {
  type ClientCapabilities,
  CodeLensRefreshRequest,
  type Connection,
  InlayHintRefreshRequest,
} from "vscode-languageserver/node";

/** While a run goes on its CodeLens counts; once a second is as often as anyone reads it. */
const lensMs = 1000;

/** Asks the client to ask again for what has changed without the text. */
export class Refresher {
  readonly #connection: Connection;
  readonly #client: ClientCapabilities;
  #lastLens = 0;
  #waiting: NodeJS.Timeout | undefined;

  constructor(connection: Connection, client: ClientCapabilities) {
    this.#connection = connection;
    this.#client = client;
  }

  lenses({ atOnce = false } = {}): void {
    if (!this.#client.workspace?.codeLens?.refreshSupport) return;
    if (this.#waiting && !atOnce) return;
    clearTimeout(this.#waiting);
    const wait = atOnce ? 0 : Math.max(0, this.#lastLens + lensMs - Date.now());
    this.#waiting = setTimeout(() => {
      this.#waiting = undefined;
      this.#lastLens = Date.now();
      this.#ask(CodeLensRefreshRequest.method);
    }, wait);
  }

  hints(): void {
    if (this.#client.workspace?.inlayHint?.refreshSupport) this.#ask(InlayHintRefreshRequest.method);
  }

  close(): void {
    clearTimeout(this.#waiting);
  }

  /** A client that is going away does not answer; nothing is lost. */
  #ask(method: string): void {
    this.#connection.sendRequest(method).catch(() => undefined);
  }
}
