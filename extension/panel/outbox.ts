import type * as vscode from "vscode";
import type { RunSummary } from "../../server/protocol.ts";
import { Pace } from "../runs/pace.ts";
import type { HostMessage, Points } from "./messages.ts";

/**
 * Joins what is told of several runs at a time. The server already tells of new points no more often than every frame; to
 * wait as long once more would only show them later.
 */
const postMilliseconds = 8;
/** A page that was hidden or taken away may never say that it got a message. */
const patienceMilliseconds = 2000;
/** Most points that wait for a page. One that is further behind reads its curves again. */
const mostPoints = 20_000;

type RunsMessage = HostMessage & { type: "runs" };

export interface OutboxOptions {
  /** Resolves once the page has the message. */
  readonly post: (message: HostMessage) => Thenable<unknown>;
  /** All runs: the same object for a run that did not change. */
  readonly runs: () => Omit<RunsMessage, "type">;
}

/**
 * What a page is told of while runs train: summaries that changed, and new points. A fast run has more of both than a window
 * can take beside its other work, and messages to a window wait in one line, so that whatever a person asks for would wait
 * behind them. The next message goes out when the page has the last one, with all that came meanwhile.
 */
export class Outbox implements vscode.Disposable {
  readonly #options: OutboxOptions;
  readonly #pace = new Pace(postMilliseconds, () => this.#send());
  #points = new Map<string, Points>();
  /** By directory, as the page has them; undefined while it has none. */
  #sent: ReadonlyMap<string, RunSummary> | undefined;
  #runsChanged = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  noteRuns(): void {
    this.#runsChanged = true;
    this.#pace.ask();
  }

  addPoints(directory: string, points: Points): void {
    const before = this.#points.get(directory);
    this.#points.set(directory, before === undefined ? points : joined(before, points));
    this.#pace.ask();
  }

  /** A page that has nothing yet. */
  begin(): void {
    this.#sent = undefined;
    this.#points = new Map();
    void this.postRuns();
  }

  /** At once, for a message that names runs which the page may not know. */
  postRuns(): Thenable<unknown> {
    this.#runsChanged = false;
    const { runs, ...others } = this.#options.runs();
    const known = new Map(runs.map((run) => [run.directory, run]));
    const before = this.#sent;
    this.#sent = known;
    return this.#options.post({
      ...{ type: "runs", ...others },
      ...(before === undefined
        ? { runs }
        : {
            runs: runs.filter((run) => before.get(run.directory) !== run),
            removed: [...before.keys()].filter((directory) => !known.has(directory)),
          }),
    });
  }

  async #send(): Promise<void> {
    const points = this.#points;
    this.#points = new Map();
    const posted = this.#runsChanged ? [this.postRuns()] : [];
    for (const [directory, own] of points)
      posted.push(this.#options.post({ type: "points", directory, points: own }));
    let waiting: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      waiting = setTimeout(resolve, patienceMilliseconds);
    });
    await Promise.race([Promise.all(posted), late]);
    clearTimeout(waiting);
  }

  dispose(): void {
    this.#pace.dispose();
  }
}

function joined(before: Points, after: Points): Points {
  const isLong = before.points.length + after.points.length > mostPoints;
  return {
    fromSeq: before.fromSeq,
    toSeq: after.toSeq,
    points: isLong ? [] : [...before.points, ...after.points],
    rewound: isLong || before.rewound || after.rewound,
  };
}
