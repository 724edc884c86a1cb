import type { Experiment, Teacher } from "../../schemas/experiment.gen.ts";
import type { Settings } from "../sweep/expand.ts";
import { outermostFirst } from "./memberTree.ts";
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
  const { seeds: _, sweep: __, jobs: ___, ...single } = withTeacherFixed(experiment);
  const applied = applySettings(JSON.stringify(single), settingsOf(settings));
  return resolve(JSON.parse(applied.text) as Experiment, name);
}

/** Those of an object before those inside it, which it would replace. */
export const settingsOf = (settings: Settings): Setting[] =>
  outermostFirst(
    Object.entries(settings).flatMap(([text, value]) => {
      const path = parsePath(text);
      return path ? [{ text, path, value }] : [];
    }),
  );

function withTeacherFixed(experiment: Experiment): Experiment {
  if (experiment.teacher === undefined) return experiment;
  const { data, seed } = resolve(experiment);
  return { ...experiment, teacher: fixed(experiment.teacher, { batchSize: data.batchSize, seed }) };
}

function fixed(teacher: Teacher, shared: { readonly batchSize: number; readonly seed: number }): Teacher {
  if (teacher.type === "ensemble")
    return { ...teacher, teachers: teacher.teachers.map((member) => fixed(member, shared)) };
  if (teacher.type !== "layers") return teacher;
  return { ...teacher, train: { ...shared, ...teacher.train } };
}
