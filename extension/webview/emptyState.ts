import type { RunSummary } from "../../server/protocol.ts";
import type { PanelCommand, Tab } from "../panel/messages.ts";
import { progressWords, stateWords, whyFailed } from "../runs/wording.ts";
import { button, element } from "./dom.ts";

/** Shown instead of charts, with the next step. Undefined where there is something to draw. */
export function emptyState(view: {
  tab: Tab;
  loaded: boolean;
  isDown: boolean;
  known: number;
  shown: readonly RunSummary[];
  hasPoints: boolean;
  reading: boolean;
  command: (command: PanelCommand, directory?: string) => void;
}): HTMLElement | undefined {
  const { tab, loaded, isDown, known, shown, hasPoints, reading, command } = view;
  if (hasPoints) return undefined;
  if (isDown && (reading || known === 0)) {
    return notice(
      "The language server is not running",
      "It reads the runs, so nothing can be shown until it is back. Trainers continue without it. Its log says why it ended.",
      [
        button("Restart", () => command("restartServer"), { class: "primary" }),
        button("Show Log", () => command("showServerLog")),
      ],
    );
  }
  if (!loaded) return notice("Looking for runs…", "The language server is starting.");
  if (known === 0) {
    return notice(
      "No runs yet",
      "Run an experiment to see its losses, learning rate and metrics here while it trains. Runs started from a terminal appear too.",
      [
        button("Run an Experiment", () => command("run"), { class: "primary" }),
        button("Try It Now", () => command("tryIt")),
        button("New Experiment", () => command("newExperiment")),
        button("Take the Tour", () => command("openWalkthrough")),
      ],
    );
  }
  if (shown.length === 0) return notice("No run is chosen", `Tick a run in the list to ${purposes[tab]}.`);
  if (reading) return notice("Reading…", "");
  const [first] = shown;
  if (first === undefined) return undefined;
  if (first.state === "running") {
    return notice("Waiting for the first step", `${first.name}: ${progressWords(first)}`, [
      button("Show Log", () => command("showLog", first.directory)),
    ]);
  }
  return notice(
    `${first.name} has no recorded step`,
    whyFailed(first) || `${stateWords[first.state]} before its first step.`,
    [
      button("Show Log", () => command("showLog", first.directory), { class: "primary" }),
      button("Open Experiment", () => command("revealExperiment", first.directory)),
    ],
  );
}

/** What a run is ticked for. */
const purposes: Readonly<Record<Tab, string>> = {
  charts: "draw its curves",
  runs: "draw its curves",
  compare: "compare it",
  inspect: "see what its networks say of each sample",
  table: "see its values",
};

function notice(title: string, words: string, actions: readonly HTMLElement[] = []): HTMLElement {
  return element("div", { class: "empty" }, [
    element("h2", { text: title }),
    element("p", { text: words }),
    element("div", { class: "actions" }, actions),
  ]);
}
