import type { ResolvedExperiment } from "../../../schemas/resolvedExperiment.gen.ts";
import { blockRowsOf } from "../../data/blockOrder.ts";
import { needsTeacher } from "../distill/losses/losses.ts";
import { isKept } from "./computeTeacherOutputs.ts";
import type { TrainContext } from "./context.ts";
import { teacherInLoop } from "./features.ts";
import { type Fit, wholeBudget } from "./fitConfig.ts";
import { remembered } from "./negativeSampling.ts";
import { planOf } from "./plan.ts";
import type { PreparedData } from "./prepare.ts";
import { isPossibleInStep, residency, type TeacherAt } from "./residency.ts";
import { isOfLayers } from "./teachers/open.ts";
import { sampleCounts } from "./unlabelled.ts";

/** @returns the student's steps done by an earlier trainer */
export async function reportStart(
  stages: readonly Fit[],
  { experiment, data }: { readonly experiment: ResolvedExperiment; readonly data: PreparedData },
  context: TrainContext,
): Promise<number> {
  const recipe = stages[0] as Fit; // Stages have the same samples.
  const { totalSteps, stepsPerEpoch } = wholeBudget(stages);
  const checkpoint = context.resumed ? await context.store("student").latestCheckpoint() : undefined;
  const step = checkpoint?.progress.step ?? 0;
  const engineReason = [
    context.engineReason,
    onDisk(recipe),
    residency({ ...recipe, teacher: teacherAt(experiment, recipe) }, context)?.sentence,
    teacherInLoop(experiment.losses, experiment.data),
    remembered(experiment.losses, recipe.train),
  ]
    .filter(Boolean)
    .join(" ");
  context.report({
    type: "started",
    runId: context.runId,
    mode: context.resumed ? "resume" : "start",
    step,
    totalSteps,
    epochs: totalSteps / Math.max(1, stepsPerEpoch),
    stepsPerEpoch,
    seed: experiment.seed,
    engine: context.engine,
    device: context.device,
    ...(engineReason === "" ? {} : { engineReason }),
    threads: context.threads,
    plan: planOf(experiment, { data, stages }),
    parameters: { student: recipe.net.parameterCount },
    ...sampleCounts(recipe.train),
  });
  return step;
}

/** Where the samples are, if not in memory. */
export const onDisk = ({ train }: Pick<Fit, "train">): string | undefined =>
  train.onDisk &&
  `The training samples stay on disk, ${train.onDisk}, and are read ahead of the steps${blockRowsOf(train.values) === undefined ? "" : ", shuffled in blocks"}.`;

/** Where the teacher will run, as far as that is known before it is opened. */
function teacherAt(
  { teacher, losses, data, training }: ResolvedExperiment,
  { net }: Pick<Fit, "net">,
): TeacherAt | undefined {
  if (teacher === undefined || !losses.some(needsTeacher)) return undefined;
  if (isKept({ data, losses })) return { kept: net.outputShape.at(-1) as number };
  if (data.augment.length === 0) return { kept: undefined };
  return isOfLayers(teacher) && isPossibleInStep(training) ? "in the step" : "beside the step";
}
