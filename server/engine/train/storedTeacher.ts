import type { ResolvedExperiment } from "../../../schemas/resolvedExperiment.gen.ts";
import { noAugmentation, noLayers } from "../../nets/storedTeacher.ts";
import { type Problem, problem } from "../../problem.ts";
import { lossType, needsTeacher } from "../distill/losses/losses.ts";
import { membersOf } from "./teachers/membersOf.ts";

/** What losses or samples need that stored outputs do not have. */
export function storedTeacherProblem({
  teacher,
  losses,
  data: { augment },
}: Pick<ResolvedExperiment, "teacher" | "losses" | "data">): { readonly problem: Problem } | undefined {
  if (teacher === undefined || membersOf(teacher).every(({ type }) => type !== "outputs")) return undefined;
  const onLayers = losses.find((loss) => lossType(loss).facts.seesLayers && needsTeacher(loss));
  if (onLayers !== undefined) return problem("teacher-stored", noLayers(onLayers.type));
  if (augment.length === 0 || !losses.some(needsTeacher)) return undefined;
  return problem("teacher-stored", noAugmentation);
}
