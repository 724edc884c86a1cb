import type { MemberEvent, RunEvent, RungEvent } from "../../schemas/run-event.gen.ts";
import { type Ending, type Following, follow } from "../runs/follow.ts";
import { summarizeRun } from "../runs/list.ts";
import type { RunDirectory } from "../runs/runDirectory.ts";
import { memberDirectory } from "../runs/sweep.ts";
import { taskOfSplits } from "../tasks/tasks.ts";
import { keyMetricText } from "../terminal/keyMetric.ts";
import { print, type Terminal } from "../terminal/terminal.ts";
import { settingsText } from "../terminal/wording.ts";
import { jsonReporter, type Reporter, reporterFor, type Shown } from "./reporters.ts";

export interface FollowingSweep extends Omit<Following, "onEvents">, Shown {}

/** Shows a sweep's runs as they are trained, one after the other, until the sweep's own trainer is dead. */
export function sweepReporter(
  sweep: RunDirectory,
  { name, json, printedWarnings, ...following }: FollowingSweep,
  terminal: Terminal,
) {
  let current: Reporter | undefined;
  const lines = jsonReporter(terminal);

  /** Its new events, to its end; those of the next run wait meanwhile. */
  async function showMember({ runId, index, count, settings, test, from }: MemberEvent): Promise<void> {
    const run = memberDirectory(sweep, { runId });
    const title = `${name} ${index}/${count}`;
    const what = `${test ? "best on validation: " : ""}run ${index} of ${count}`;
    current = reporterFor({ name: title, json, printedWarnings }, terminal);
    if (!json) print(terminal, `${what}: ${settingsText(settings)}`);
    const ending = await follow(run, { from, onEvents: current.take });
    current.close();
    const rung = ending?.type === "stopped" && !ending.halved ? ending.rung : undefined;
    const summary = await summarizeRun(run.path);
    if (json || summary === undefined) return;
    // What it has said since is another turn's.
    if (rung !== undefined) {
      print(terminal, `${what} waits for the others after epoch ${rung}`);
      return;
    }
    print(
      terminal,
      `${what} is ${summary.state}: ${taskOfSplits(summary.metrics).key} ${keyMetricText(summary, test && "test")}`,
    );
  }

  function showRung({ epochs, runs, reached }: RungEvent): void {
    const numbers = runs.map((id) => Number(id.slice(id.lastIndexOf("-") + 1)));
    print(
      terminal,
      `epoch ${epochs}: ${numbers.length === 1 ? "run" : "runs"} ${numbers.join(", ")} ${numbers.length === 1 ? "goes" : "go"} on, ${reached === undefined ? "the others are halved" : `of ${reached} that have come so far`}`,
    );
  }

  return {
    say(message: string): void {
      if (current !== undefined) current.say(message);
      else if (json) lines.say(message);
      else print(terminal, message);
    },
    async follow(): Promise<Ending> {
      let shown = Promise.resolve();
      const take = (event: RunEvent) => {
        shown = shown.then(() => {
          if (json) lines.take([event]);
          if (event.type === "rung" && !json) showRung(event);
          if (event.type === "warning" && !json) print(terminal, `warning: ${event.message} [${event.code}]`);
          if (event.type === "submitted" && !json)
            print(terminal, `${event.runs} runs are job array ${event.job} of Slurm`);
          return event.type === "member" ? showMember(event) : undefined;
        });
      };
      const ending = await follow(sweep, { ...following, onEvents: (events) => events.forEach(take) });
      await shown;
      return ending;
    },
  };
}
