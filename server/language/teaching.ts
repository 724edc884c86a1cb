import type { Data, Experiment } from "../../schemas/experiment.gen.ts";
import { validate as isExperiment } from "../../schemas/experiment.validate.gen.mjs";
import { isRecord } from "../isRecord.ts";
import { resolve } from "./resolve.ts";

/**
 * Everything that determines a teacher's outputs: the teacher and the samples, defaults filled in. Equal for experiments with
 * the same teacher; undefined for an invalid experiment.
 * @param of the samples as they are, or as the student sees them
 */
export function teachingOf(experiment: unknown, of: "plain" | "augmented" = "plain"): string | undefined {
  const { data, teacher, seed, seeds } = (experiment ?? {}) as Partial<Experiment>;
  if (teacher === undefined || typeof data !== "object" || data === null) return undefined;
  const {
    augment,
    views: _,
    sampler: __,
    shuffle: ___,
    dropRemainder: ____,
    storage: _____,
    ...sampled
  } = data as Data;
  const minimal = {
    data: of === "augmented" && augment !== undefined ? { ...sampled, augment } : sampled,
    teacher,
    student: { layers: [{ type: "dense", units: 2 }] },
    losses: [{ type: "kd" }],
    ...(seeds === undefined ? {} : { seeds }),
    ...(seed === undefined ? {} : { seed }),
  };
  if (!isExperiment(minimal)) return undefined;
  const whole = resolve(minimal);
  // The outputs of a teacher from a file do not depend on the student's batches.
  const { batchSize: ______, ...samples } = whole.data;
  return JSON.stringify([whole.teacher, samples], inOrder);
}

/** Keys sorted by name: their order in a file does not matter. */
const inOrder = (_: string, value: unknown): unknown =>
  isRecord(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
