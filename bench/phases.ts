import type { RunEvent } from "../schemas/run-event.gen.ts";
import { rounded } from "./statistics.ts";

/**
 * Seconds of a run by what it was at: its process's start, each phase in the order of the log, and its process's end. A phase
 * with steps is followed by its parts, as in `train, batches`: making batches, the engine, and what is beside the steps, which
 * are events, evaluations and checkpoints.
 */
export type Phases = Readonly<Record<string, number>>;

/** @param process milliseconds since 1970 at which the process was started and had ended */
export function phasesOf(
  events: readonly RunEvent[],
  process: { readonly from: number; readonly to: number },
): Phases {
  const ms: Record<string, number> = {};
  const add = (name: string, more: number) => {
    ms[name] = (ms[name] ?? 0) + more;
  };
  let [name, since, step] = ["start", process.from, 0];
  const until = (time: number) => {
    add(name, time - since);
    since = time;
  };
  for (const event of events) {
    if (event.type === "step") {
      const steps = event.step - step;
      step = event.step;
      add(`${name}, batches`, steps * (event.dataMs ?? 0));
      add(`${name}, engine`, steps * ((event.stepMs ?? 0) - (event.dataMs ?? 0)));
    }
    if (event.type !== "phase" && event.type !== "completed") continue;
    until(event.time);
    name = event.type === "completed" ? "end" : (event.subject ?? event.phase);
    step = 0;
    add(name, 0);
  }
  until(process.to);
  for (const [name, all] of Object.entries(ms)) {
    const engine = ms[`${name}, engine`];
    if (engine !== undefined) add(`${name}, beside`, all - engine - (ms[`${name}, batches`] ?? 0));
  }
  return Object.fromEntries(Object.entries(ms).map(([name, all]) => [name, rounded(all / 1000)]));
}
