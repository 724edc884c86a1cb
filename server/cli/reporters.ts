import type { RunEvent } from "../../schemas/run-event.gen.ts";
import { liveLine } from "../terminal/liveLine.ts";
import { plainLines } from "../terminal/plainLines.ts";
import { progressLine } from "../terminal/progressLine.ts";
import { emptyView, show } from "../terminal/runView.ts";
import { canRewrite, complain, print, type Terminal } from "../terminal/terminal.ts";

/** Shows a run's events as they come. */
export interface Reporter {
  take(events: readonly RunEvent[]): void;
  /** A message between the events. */
  say(message: string): void;
  /** Called when no more events come. */
  close(): void;
}

export interface Shown {
  readonly name: string;
  readonly json?: boolean | undefined;
  /** Codes of warnings that have been printed already; JSON output has every event. */
  readonly printedWarnings?: ReadonlySet<string> | undefined;
}

export function reporterFor({ name, json, printedWarnings }: Shown, terminal: Terminal): Reporter {
  if (json) return jsonReporter(terminal);
  const reporter = canRewrite(terminal) ? liveReporter(terminal, name) : plainReporter(terminal);
  const isNews = (event: RunEvent) => !(event.type === "warning" && printedWarnings?.has(event.code));
  return { ...reporter, take: (events) => reporter.take(events.filter(isNews)) };
}

/** One JSON line per event, and nothing else on stdout. */
export function jsonReporter(terminal: Terminal): Reporter {
  return {
    take: (events) => print(terminal, ...events.map((event) => JSON.stringify(event))),
    say: (message) => complain(terminal, message),
    close: () => {},
  };
}

/** Lines at intervals, for files and pipes. */
function plainReporter(terminal: Terminal): Reporter {
  const view = emptyView();
  const lineFor = plainLines(view);
  return {
    take(events) {
      for (const event of events) {
        show(view, event);
        print(terminal, ...lineFor(event));
      }
    },
    say: (message) => print(terminal, message),
    close: () => {},
  };
}

/** One line that is rewritten, with the best evaluation in it; other messages stay above it. */
function liveReporter(terminal: Terminal, name: string): Reporter {
  const view = emptyView();
  const lineFor = plainLines(view);
  const live = liveLine(terminal);
  const redraw = () => live.update(progressLine(name, view, (terminal.out.columns ?? 80) - 1));
  const kept = new Set<RunEvent["type"]>(["started", "teacher", "warning"]);
  return {
    take(events) {
      for (const event of events) {
        show(view, event);
        if (kept.has(event.type)) live.print(...lineFor(event));
      }
      redraw();
    },
    say(message) {
      live.print(message);
    },
    close: () => live.clear(),
  };
}
