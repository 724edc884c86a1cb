import type { ResolvedExperiment } from "../../../schemas/resolvedExperiment.gen.ts";
import type { Samples } from "../../data/samples.ts";
import { ofNewHead, ofOtherTask, ofOwnStudent } from "../../nets/standardizable.ts";
import { isModulePath } from "../../parameters/moduleName.ts";
import { type Problem, problem } from "../../problem.ts";

/** What keeps the numbers to learn from being standardised, if they are to be and anything does. */
export function standardProblem(
  { data, student }: Pick<ResolvedExperiment, "data" | "student">,
  { task = "classification" }: Pick<Samples, "task">,
): { readonly problem: Problem } | undefined {
  if (!data.standardizeTargets) return undefined;
  if (task !== "regression") return problem("standardize-targets", ofOtherTask(task));
  if ("head" in student && student.head === "replace") return problem("standardize-targets", ofNewHead);
  return "type" in student && isModulePath(student.type as string)
    ? problem("standardize-targets", ofOwnStudent)
    : undefined;
}
