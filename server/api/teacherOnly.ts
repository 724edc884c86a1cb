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
    message: `The teacher is ${teacher.type === "experiment" ? `the student of another experiment: ${teacher.path}` : "path" in teacher ? `a file that is trained already: ${teacher.path}` : teacher.type === "outputs" ? "outputs that are stored already" : "an ensemble; a run trains those of it that are described"}.`,
    hint: "Evaluate it: distill evaluate FILE --teacher",
  };
}
