import type * as vscode from "vscode";
import { FindNode, type InspectLine, type InspectQuery } from "../../server/protocol.ts";
import type { Connection } from "../client/connection.ts";
import { runDistill } from "../engine/distillProcess.ts";
import { objectIn } from "../engine/lines.ts";

/**
 * `distill inspect --serve` of the run whose samples the panel shows: a process of its own, since it reads the data and may ask the
 * networks. There is one at a time, and it ends when the panel shows something else.
 */
export class Inspections implements vscode.Disposable {
  readonly #connection: Connection;
  /** Path of the packed cli.mjs. */
  readonly #cli: string;
  readonly #tell: (directory: string, line: InspectLine) => void;
  #current: { readonly directory: string; readonly end: AbortController; readonly ask: Ask } | undefined;

  constructor(options: {
    readonly connection: Connection;
    readonly cli: string;
    readonly tell: (directory: string, line: InspectLine) => void;
  }) {
    this.#connection = options.connection;
    this.#cli = options.cli;
    this.#tell = options.tell;
  }

  /** Reopens a run, without a query, or requests its samples. */
  ask(directory: string, query: InspectQuery | undefined): void {
    if (query === undefined) this.#open(directory);
    else if (this.#current?.directory === directory) this.#current.ask(JSON.stringify(query));
  }

  dispose(): void {
    this.#current?.end.abort();
    this.#current = undefined;
  }

  #open(directory: string): void {
    this.dispose();
    const end = new AbortController();
    const { ask, write } = queue();
    this.#current = { directory, end, ask };
    const fail = (message: string, hint = "") => {
      if (!end.signal.aborted) this.#tell(directory, { event: "error", code: "inspection", message, hint });
    };
    this.#run(directory, { end, write, fail }).catch((error: Error) => fail(error.message));
  }

  async #run(
    directory: string,
    {
      end,
      write,
      fail,
    }: { end: AbortController; write: (to: Ask) => void; fail: (message: string, hint?: string) => void },
  ): Promise<void> {
    const node = await this.#connection.request(FindNode, {});
    if (end.signal.aborted) return;
    if ("problem" in node) {
      fail(node.problem.message, node.problem.hint);
      return;
    }
    let hasFailed = false;
    const ended = await runDistill({
      node,
      cli: this.#cli,
      args: ["inspect", directory, "--serve"],
      signal: end.signal,
      onInput: write,
      onLine: (text) => {
        const line = objectIn(text) as InspectLine | undefined;
        if (line === undefined || end.signal.aborted) return;
        hasFailed ||= line.event === "error";
        this.#tell(directory, line);
      },
    });
    if (!hasFailed) fail(`The inspection has ended. ${ended.stderr.split("\n").at(-1) ?? ""}`.trim());
  }
}

type Ask = (line: string) => void;

/** Lines that wait until there is where to write them. */
function queue(): { readonly ask: Ask; readonly write: (to: Ask) => void } {
  const waiting: string[] = [];
  let to: Ask | undefined;
  return {
    ask: (line) => (to === undefined ? void waiting.push(line) : to(line)),
    write: (found) => {
      to = found;
      for (const line of waiting.splice(0)) found(line);
    },
  };
}
