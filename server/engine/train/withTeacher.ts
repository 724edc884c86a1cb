import type { ResolvedExperiment } from "../../../schemas/resolvedExperiment.gen.ts";
import { type Problem, problem } from "../../problem.ts";
import type { TrainContext } from "./context.ts";
import { evaluationBatch } from "./evaluation.ts";
import { type PreparedData, prepareData } from "./prepare.ts";
import type { OutputsOptions, Teacher } from "./teacher.ts";
import { openTeacher } from "./teachers/open.ts";
import type { TeacherContext } from "./teachers/teacherType.ts";

export interface WithTeacherContext extends TeacherContext, Pick<TrainContext, "report"> {
  /** Where runs cache teachers' outputs; absent: they are not cached. */
  readonly cacheDirectory?: string;
}

/** A teacher that is open, the samples that it may be asked about, and how. */
export interface TeacherAtWork {
  readonly teacher: Teacher;
  readonly data: PreparedData;
  readonly options: OutputsOptions;
}

/** Prepares an experiment's samples, opens its teacher, and closes it behind the work. Nobody stops it. */
export async function withTeacher<T>(
  { teacher: spec, data: sources, seed, task }: ResolvedExperiment,
  context: WithTeacherContext,
  work: (open: TeacherAtWork) => Promise<T>,
): Promise<T | { readonly problem: Problem }> {
  if (spec === undefined) return problem("no-teacher", "The experiment has no teacher.");
  const { baseDirectory, cacheDirectory, report } = context;
  const data = await prepareData(sources, { baseDirectory, cacheDirectory, seed, task });
  if ("problem" in data) return data;
  const { train, normalize } = data;
  const batch = evaluationBatch(sources.batchSize);
  const opened = await openTeacher(
    spec,
    { train, normalize, batchSizes: [batch], storage: sources.storage },
    context,
  );
  if (opened.ending === "stopped") throw new Error("Nobody asked for a stop.");
  if (opened.ending === "failed") return problem(opened.code, opened.message, opened.hint);
  const teacher = opened.result;
  try {
    for (const warning of teacher.warnings) report({ type: "warning", ...warning });
    const options = {
      ...(cacheDirectory === undefined ? {} : { cacheDirectory }),
      report,
      normalize,
      stopRequested: () => false,
      batch,
      onProgress: () => {},
    };
    return await work({ teacher, data, options });
  } finally {
    await teacher.dispose();
  }
}
