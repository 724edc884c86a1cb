import type { ResolvedExperiment } from "../../../schemas/resolvedExperiment.gen.ts";
import type { Samples } from "../../data/samples.ts";
import type { TeacherOutputs } from "../../data/teacherCache.ts";
import type { View } from "../../data/views.ts";
import type { Problem } from "../../problem.ts";
import { needsTeacher } from "../distill/losses/losses.ts";
import type { TrainContext } from "./context.ts";
import type { evaluateTeacherOn } from "./evaluateOnTest.ts";
import { evaluationBatch } from "./evaluation.ts";
import { teacherTaps } from "./features.ts";
import type { Fit } from "./fitConfig.ts";
import type { PreparedData } from "./prepare.ts";
import { progressReporter } from "./progress.ts";
import { canRemember, rememberedTargets } from "./rememberedTargets.ts";
import { cachedTargets, liveTargets, ofLayers, viewedTargets } from "./targets.ts";
import type { Teacher } from "./teacher.ts";
import { teacherOutputs } from "./teacherOutputs.ts";

/** The teacher's outputs for each split: for the student's losses, and to compare with. */
export interface ComputedOutputs {
  readonly measured?: Pick<Fit, "validation">;
  /** What a stage with these losses learns from. */
  readonly of?: (losses: Fit["losses"]) => Pick<Fit, "targets">;
  readonly test?: TeacherOutputs;
  /** For samples without augmentation: of training where these are cached, else of validation. */
  readonly plain?: TeacherOutputs;
  readonly onValidation?: ReturnType<typeof evaluateTeacherOn>;
}

/** Runs the teacher, once for all runs on samples without augmentation. Undefined when stopped. */
export async function computeTeacherOutputs(
  teacher: Teacher,
  {
    experiment,
    data,
    views,
  }: {
    readonly experiment: ResolvedExperiment;
    readonly data: PreparedData;
    /** Views of the training samples that are used. */
    readonly views?: readonly View[] | undefined;
  },
  context: TrainContext,
): Promise<ComputedOutputs | { readonly problem: Problem } | undefined> {
  const { normalize, train } = data;
  const { augment, batchSize } = experiment.data;
  const { lossesByStage, areCached } = lossesOf(experiment);
  const { learned, validation, test } = keptParts(teacher, { experiment, data, views });
  const isRemembered =
    lossesByStage.some((losses) => !areCached(losses)) &&
    augment.length === 0 &&
    canRemember(teacher, train.count);
  const parts = [...learned, { split: validation }, { split: test }];
  const cachedCount = parts.reduce((sum, { split }) => sum + (split?.count ?? 0), 0);
  const total = cachedCount + (isRemembered ? train.count : 0);
  const progress = progressReporter(context, { phase: "cache", total });
  const batch = evaluationBatch(batchSize);
  const outputs = await outputsOf(teacher, parts, { normalize, batch, onProgress: progress }, context);
  if (outputs === undefined || "problem" in outputs) return outputs;
  const trainOutputs = outputs.slice(0, learned.length).filter((found) => found !== undefined);
  const [validationOutputs, testOutputs] = outputs.slice(learned.length);
  const uncached = isRemembered
    ? await rememberedTargets(teacher, train, {
        normalize,
        stopRequested: context.stopRequested,
        batch,
        onProgress: (done) => progress(cachedCount + done),
      })
    : liveTargets(teacher, normalize, train.shape);
  if (uncached === undefined || "problem" in uncached) return uncached;
  const [only] = trainOutputs;
  const plain = only ?? validationOutputs;
  const cached = views ? viewedTargets(trainOutputs) : only && cachedTargets(only);
  return {
    measured: data.validation
      ? { validation: { samples: data.validation, normalize, teacher: validationOutputs } }
      : {},
    of: (losses) => {
      if (!losses.some(needsTeacher)) return {};
      return { targets: cached && areCached(losses) ? cached : ofLayers(uncached, teacherTaps(losses)) };
    },
    ...(testOutputs ? { test: testOutputs } : {}),
    ...(plain ? { plain } : {}),
  };
}

interface PartsOptions {
  readonly experiment: ResolvedExperiment;
  readonly data: PreparedData;
  readonly views?: readonly View[] | undefined;
}

/** Splits, and views of them, for which a run keeps the teacher's outputs in the cache. */
export function keptParts(
  { outputSource }: Pick<Teacher, "outputSource">,
  { experiment, data: { train, validation, test }, views }: PartsOptions,
): {
  readonly learned: readonly { readonly split: Samples; readonly view?: View | undefined }[];
  readonly validation: Samples | undefined;
  readonly test: Samples | undefined;
} {
  const { lossesByStage, areCached } = lossesOf(experiment);
  // A teacher without outputs for these samples is not evaluated on them; if the student learns from them, the teacher reports it.
  const known = (samples: Samples | undefined) =>
    samples !== undefined && (outputSource?.knows(samples) ?? true) ? samples : undefined;
  return {
    learned: lossesByStage.some(areCached)
      ? (views ?? [undefined]).map((view) => ({ split: train, view }))
      : [],
    validation: known(validation),
    test: known(test),
  };
}

/** Of each stage that learns from the teacher. */
function lossesOf(experiment: ResolvedExperiment) {
  return {
    lossesByStage: (experiment.stages ?? [experiment])
      .map(({ losses }) => losses)
      .filter((losses) => losses.some(needsTeacher)),
    areCached: (losses: Fit["losses"]) => isKept({ ...experiment, losses: [...losses] }),
  };
}

/** Outputs for each part, one after the other; undefined for a part without samples. Undefined when stopped. */
async function outputsOf(
  teacher: Teacher,
  parts: readonly { readonly split: Samples | undefined; readonly view?: View | undefined }[],
  {
    normalize,
    batch,
    onProgress,
  }: {
    readonly normalize: PreparedData["normalize"];
    readonly batch: number;
    readonly onProgress: (done: number) => void;
  },
  { cacheDirectory, report, stopRequested, exclusively }: TrainContext,
): Promise<readonly (TeacherOutputs | undefined)[] | { readonly problem: Problem } | undefined> {
  const outputs: (TeacherOutputs | undefined)[] = [];
  let before = 0;
  for (const { split, view } of parts) {
    if (split === undefined) {
      outputs.push(undefined);
      continue;
    }
    const counted = before;
    const found = await teacherOutputs(teacher, split, {
      cacheDirectory,
      report,
      normalize,
      view,
      stopRequested,
      exclusively,
      batch,
      onProgress: (done) => onProgress(counted + done),
    });
    if (found === undefined || "problem" in found) return found;
    outputs.push(found);
    before += split.count;
  }
  return outputs;
}

/** Whether the teacher's outputs for a training sample, or for its views, are constant and logits only, so that they are cached on disk. */
export const isKept = ({
  data: { augment, views },
  losses,
}: Pick<ResolvedExperiment, "losses" | "data">): boolean =>
  (augment.length === 0 || views !== undefined) && teacherTaps(losses).length === 0;
