import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { ResolvedExperiment } from "../../schemas/resolvedExperiment.gen.ts";
import { openEngine } from "../engine/native/openEngine.ts";
import type { AssessOptions } from "../engine/train/assess.ts";
import { foundTeacher, type TeacherFit } from "../engine/train/teachers/trained.ts";
import { foundStudent } from "../experimentStudent.ts";
import { openModules } from "../modules/openModules.ts";
import type { Problem } from "../problem.ts";
import { damaged } from "../runs/sealedFolder.ts";
import { cacheFolder, trainedTeachers } from "../runs/trainedTeachers.ts";

type WithTeacher = ResolvedExperiment & { readonly teacher: NonNullable<ResolvedExperiment["teacher"]> };

/** The teacher of an experiment, to be evaluated on the engine that would train there. */
export async function assessedTeacher(
  experiment: WithTeacher,
  { baseDirectory, runs }: { readonly baseDirectory: string; readonly runs: string },
): Promise<
  Pick<AssessOptions, "model" | "load" | "threads" | "cacheDirectory"> | { readonly problem: Problem }
> {
  const { teacher, threads = Math.min(availableParallelism(), 8) } = experiment;
  const opened = await openEngine(experiment);
  if ("problem" in opened) return opened;
  const { load, engine } = opened;
  const modules = await openModules({ teacher }, baseDirectory);
  if ("problem" in modules) return modules;
  const cache = cacheFolder(runs);
  const kept = { baseDirectory, engine, trainedTeachers: trainedTeachers(cache, refuseTeacher) };
  return {
    model: {
      teacher,
      learn: (fit: TeacherFit) => foundTeacher(fit, kept),
      studentOf: (file: string) => foundStudent(file, { runsDirectory: runs, baseDirectory, load, threads }),
    },
    cacheDirectory: existsSync(cache) ? cache : undefined,
    load,
    threads,
  };
}

const refuseTeacher = (why: string): never => {
  throw damaged(why, "Train it again: distill run FILE --teacher-only");
};
