import type { Data, Experiment } from "../../schemas/experiment.gen.ts";
import { validate as isExperiment } from "../../schemas/experiment.validate.gen.mjs";
import { resolve } from "./resolve.ts";

/**
 * What decides how a teacher answers: itself and the samples that it is asked about, defaults filled in. The same for two
 * experiments whose teachers are the same; undefined where it is not an experiment's (yet).
 */
export function teachingOf(experiment: unknown): string | undefined {
  const { data, teacher, seed, seeds } = (experiment ?? {}) as Partial<Experiment>;
  if (teacher === undefined || typeof data !== "object" || data === null) return undefined;
  const { augment: _, shuffle: __, dropRemainder: ___, ...sampled } = data as Data;
  const minimal = {
    data: sampled,
    teacher,
    student: { layers: [{ type: "dense", units: 2 }] },
    losses: [{ type: "kd" }],
    ...(seeds === undefined ? {} : { seeds }),
    ...(seed === undefined ? {} : { seed }),
  };
  if (!isExperiment(minimal)) return undefined;
  const whole = resolve(minimal);
  // A teacher in a file answers the same whatever the batches of the student are.
  const { batchSize: ____, ...samples } = whole.data;
  return JSON.stringify([whole.teacher, samples], inOrder);
}

/** Keys by name: their order in a file says nothing. */
const inOrder = (_: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
