import type { Experiment } from "../../schemas/experiment.gen.ts";
import type { Settings } from "../sweep/expand.ts";
import { type ResolvedExperiment, resolve } from "./resolve.ts";
import { applySettings, type Setting } from "./settings.ts";
import { parsePath } from "./valuePath.ts";

/**
 * The experiment that one run of a sweep trains: the file's with these values set, and every default filled in. The teacher's
 * training takes its shared settings from the file itself, so that a teacher is trained once for all students.
 */
export function memberExperiment(
  experiment: Experiment,
  settings: Settings,
  name: string,
): ResolvedExperiment {
  const { seeds: _, sweep: __, ...single } = withTeacherFixed(experiment);
  const applied = applySettings(JSON.stringify(single), settingsOf(settings));
  return resolve(JSON.parse(applied.text) as Experiment, name);
}

export const settingsOf = (settings: Settings): Setting[] =>
  Object.entries(settings).flatMap(([text, value]) => {
    const path = parsePath(text);
    return path ? [{ text, path, value }] : [];
  });

function withTeacherFixed(experiment: Experiment): Experiment {
  const { teacher, data } = resolve(experiment);
  if (experiment.teacher?.type !== "layers" || teacher?.type !== "layers") return experiment;
  const { seed } = teacher.train;
  const batchSize = teacher.train.batchSize ?? data.batchSize;
  return {
    ...experiment,
    teacher: { ...experiment.teacher, train: { ...experiment.teacher.train, seed, batchSize } },
  };
}
