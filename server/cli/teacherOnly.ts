import type { ResolvedExperiment } from "../../schemas/resolvedExperiment.gen.ts";

/** Why an experiment's teacher cannot be trained by itself; undefined where it can. */
export function teacherProblem({
  teacher,
}: ResolvedExperiment):
  | { readonly code: string; readonly message: string; readonly hint: string }
  | undefined {
  if (teacher === undefined)
    return {
      code: "no-teacher",
      message: "The experiment has no teacher.",
      hint: "Describe one under teacher, with layers or a preset.",
    };
  if (teacher.type === "layers") return undefined;
  return {
    code: "teacher-file",
    message: `The teacher is ${"path" in teacher ? `a file that is trained already: ${teacher.path}` : "trained already"}.`,
    hint: "Evaluate it: distill evaluate FILE --teacher",
  };
}
