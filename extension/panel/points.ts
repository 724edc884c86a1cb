import type { RunEvent } from "../../schemas/run-event.gen.ts";
import type { Point, Points } from "./messages.ts";

/**
 * Points that a batch of events adds to a run's curves, by the names that `distill/readSeries` uses: the student's own
 * numbers, and the loss of a teacher in training. A baseline's numbers are in the summary.
 */
export function pointsOf(events: readonly RunEvent[]): Points | undefined {
  const [first] = events;
  const last = events.at(-1);
  if (first === undefined || last === undefined) return undefined;
  return {
    fromSeq: first.seq,
    toSeq: last.seq,
    points: events.flatMap((event) => pointOf(event) ?? []),
    rewound: events.some((event) => event.type === "started" && event.mode === "resume"),
  };
}

function pointOf(event: RunEvent): Point | undefined {
  if (event.type !== "step" && event.type !== "evaluation") return undefined;
  const { seq, step, epoch, time } = event;
  if (event.type === "step" && event.subject === "teacher")
    return { seq, step, epoch, time, values: { "teacher.loss": event.loss } };
  if (event.subject !== undefined && event.subject !== "student") return undefined;
  const values: Record<string, number | null> = {};
  if (event.type === "evaluation") {
    for (const [name, value] of Object.entries(event.metrics)) values[`${event.split}.${name}`] = value;
    return { seq, step, epoch, time, values };
  }
  for (const name of ["loss", "learningRate", "gradNorm", "stepMs", "dataMs", "samplesPerSecond"] as const) {
    values[name] = event[name];
  }
  if (event.memory !== undefined) values["memory"] = event.memory;
  for (const [name, term] of Object.entries(event.terms)) {
    values[`terms.${name}.raw`] = term.raw;
    values[`terms.${name}.weighted`] = term.weighted;
  }
  return { seq, step, epoch, time, values };
}
