import type { RunEvent } from "../schemas/run-event.gen.ts";
import { rounded } from "./statistics.ts";

/** Seconds of a run by what it was at: its process's start, each phase in the order of the log, and its process's end. */
export type Phases = Readonly<Record<string, number>>;

/** @param process milliseconds since 1970 at which the process was started and had ended */
export function phasesOf(
  events: readonly RunEvent[],
  process: { readonly from: number; readonly to: number },
): Phases {
  const phases: Record<string, number> = {};
  let [name, since] = ["start", process.from];
  const until = (time: number) => {
    phases[name] = rounded((phases[name] ?? 0) + (time - since) / 1000);
    since = time;
  };
  for (const event of events) {
    if (event.type !== "phase" && event.type !== "completed") continue;
    until(event.time);
    name = event.type === "completed" ? "end" : (event.subject ?? event.phase);
  }
  until(process.to);
  return phases;
}
