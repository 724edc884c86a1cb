import { createHash } from "node:crypto";
import type { ResolvedTeacher, ResolvedTrainedTeacher } from "../../../../schemas/resolvedExperiment.gen.ts";
import { ownVersions } from "../../../data/augmentations/ownAugmentations.ts";
import { leakWarning, seenBy } from "../../../data/leaks.ts";
import { type ResolvedNormalize, resolveNormalize } from "../../../data/normalize.ts";
import { isProblem as isDataProblem } from "../../../data/problem.ts";
import type { Samples } from "../../../data/samples.ts";
import { unitsHint } from "../../../nets/otherOutputs.ts";
import type { Problem } from "../../../problem.ts";
import { structureOf } from "../../nets/net.ts";
import { inUnits } from "../../nets/unitsLayer.ts";
import type { NamedData } from "../../program.ts";
import { augmentationProblem } from "../augmentationProblem.ts";
import { type Ending, failed, type TrainContext } from "../context.ts";
import { embeddedData } from "../embeddedData.ts";
import { fit } from "../fit.ts";
import type { Budgeted, Fit } from "../fitConfig.ts";
import { describedNet, layersOf, type OpenedNet } from "../nets.ts";
import { asProblem, type PreparedData, remarkOf, remarksOf, teacherSamples } from "../prepare.ts";
import { labelLossOf } from "../studentAlone.ts";
import { unsupported } from "../trainable.ts";
import { dataOf, stored } from "../trainedWeights.ts";
import { outputMismatch } from "./classes.ts";
import { durationOf } from "./training.ts";

/** A teacher to be trained, as the experiment describes it. */
export interface TeacherFit {
  readonly spec: ResolvedTrainedTeacher;
  readonly described: OpenedNet;
  /** The student's training samples, or the teacher's own where it has some. */
  readonly train: Samples;
  /** The teacher's preprocessing: its own or the student's. */
  readonly normalize: ResolvedNormalize;
}

export interface TeacherFitOptions {
  readonly train: Samples;
  /** The student's preprocessing. */
  readonly normalize: ResolvedNormalize;
  /** Of the student, where there is one. */
  readonly classes?: number | undefined;
}

/** The training of a described teacher, or why it cannot be trained. */
export function teacherFitOf(
  spec: ResolvedTrainedTeacher,
  { train, normalize, classes }: TeacherFitOptions,
): TeacherFit | { readonly problem: Problem } {
  const own = ownNormalize(spec, train);
  if (own !== undefined && isDataProblem(own)) return asProblem(own);
  const described = describedNet("teacher", inUnits(layersOf(spec, train), train.standard), train);
  if ("problem" in described) return described;
  const { net } = described;
  const preprocessing = own ?? normalize;
  const obstacle =
    outputMismatch(net.outputShape, train, {
      student: classes,
      hint: "layers" in spec ? unitsHint : undefined,
    }) ??
    unsupported("teacher", net, "trained") ??
    embeddedData("teacher", net, { splits: [train], normalize: preprocessing });
  return obstacle ?? { spec, described, train, normalize: preprocessing };
}

/** A teacher's own preprocessing of raw samples, if any. */
export const ownNormalize = (teacher: ResolvedTeacher, { shape }: Samples) =>
  "normalize" in teacher && teacher.normalize !== undefined
    ? resolveNormalize(teacher.normalize, shape.at(-1) ?? 1, "teacher.normalize")
    : undefined;

/** The same, with the samples that the teacher is trained on. */
export interface PreparedTeacherFit {
  readonly fit: Fit;
  /** Hash of everything that determines the weights, if trained on this engine. */
  readonly keyOn: (engine: string) => string;
}

/**
 * A teacher that the experiment describes: trained on the labels alone, once, then found by everything that determines its
 * weights.
 */
export async function trainedTeacher(
  teacherFit: TeacherFit,
  heldOut: Pick<PreparedData, "validation" | "test">,
  context: TrainContext,
): Promise<Ending<NamedData>> {
  const prepared = await prepareTeacherFit(teacherFit, context);
  if ("problem" in prepared) return failed(prepared.problem.code, prepared.problem.message);
  const teacher = prepared.fit.train;
  const own = teacher === teacherFit.train ? undefined : teacher;
  const leaks = own ? seenBy("teacher", own, heldOut) : [];
  for (const warning of [...remarksOf("teacher", own).map(remarkOf), ...leaks.map(leakWarning)])
    context.report({ type: "warning", ...warning });
  const kept = await keptWeights(prepared, context);
  if (kept !== undefined) return { ending: "completed", result: kept };
  const trained = await context.exclusively(
    prepared.keyOn(context.engine),
    "trains the same teacher",
    async () => {
      const meanwhile = await keptWeights(prepared, context);
      if (meanwhile !== undefined) return { ending: "completed", result: meanwhile } as const;
      context.report({ type: "phase", phase: "teacher", subject: "teacher" });
      return trainTeacher(prepared, context);
    },
  );
  return trained ?? { ending: "stopped", step: 0 };
}

/** Its own training has no validation, so its last weights are used. */
export async function prepareTeacherFit(
  { spec, described: { net }, train, normalize }: TeacherFit,
  {
    baseDirectory,
    cacheDirectory,
  }: Pick<TrainContext, "baseDirectory"> & Partial<Pick<TrainContext, "cacheDirectory">>,
): Promise<PreparedTeacherFit | { readonly problem: Problem }> {
  const { train: training } = spec;
  const samples = await teacherSamples(training.data, {
    train,
    baseDirectory,
    cacheDirectory,
    storage: "auto",
  });
  if ("problem" in samples) return samples;
  const unfit = augmentationProblem(training, samples);
  if (unfit !== undefined) return unfit;
  const recipe = {
    losses: [labelLossOf(samples.task)],
    optimizer: training.optimizer,
    schedule: training.schedule,
    augment: training.augment,
    batchSize: training.batchSize,
    seed: training.seed,
    training: {
      ...durationOf(training),
      reportEvery: 1,
      keepCheckpoints: 1,
    },
  };
  const keyOn = (engine: string) =>
    createHash("sha256")
      .update(
        JSON.stringify([
          ...[net.inputShape, structureOf(net), recipe, normalize, samples.contentHash, engine],
          ...ownVersions(training.augment),
        ]),
      )
      .digest("hex");
  const fit: Fit = {
    subject: "teacher",
    phase: "teacher",
    net,
    train: samples,
    standard: train.standard,
    normalize,
    shuffle: true,
    dropRemainder: false,
    ...recipe,
    // Not the engine: a teacher begun on one engine is completed on another.
    course: keyOn(""),
  };
  return { fit, keyOn };
}

/** Length of the teacher's training, as far as it is known before its own samples are read. */
export const budgetedTeacherFit = ({
  spec,
  described: { net },
  train,
}: TeacherFit): Budgeted & Pick<Fit, "net"> => ({
  net,
  train,
  batchSize: spec.train.batchSize,
  dropRemainder: false,
  training: durationOf(spec.train),
});

/** The cached weights of an identical training. A run that resumes on another engine keeps its teacher. */
export async function keptWeights(
  { keyOn }: PreparedTeacherFit,
  { trainedTeachers, engine, teacherEngine = engine, record }: Kept,
): Promise<NamedData | undefined> {
  for (const trainedOn of new Set([teacherEngine, engine])) {
    const kept = await trainedTeachers.read(keyOn(trainedOn));
    if (kept === undefined) continue;
    await record?.({ teacherEngine: trainedOn });
    return dataOf(kept);
  }
  return undefined;
}

type Kept = Pick<TrainContext, "engine" | "teacherEngine" | "trainedTeachers"> &
  Partial<Pick<TrainContext, "record">>;

/** A teacher that was trained before; trains nothing. */
export async function foundTeacher(
  teacherFit: TeacherFit,
  context: Pick<TrainContext, "baseDirectory" | "engine" | "trainedTeachers">,
): Promise<Ending<NamedData>> {
  const prepared = await prepareTeacherFit(teacherFit, context);
  if ("problem" in prepared) return failed(prepared.problem.code, prepared.problem.message);
  const kept = await keptWeights(prepared, context);
  if (kept !== undefined) return { ending: "completed", result: kept };
  return failed(
    "teacher-untrained",
    "The teacher has not been trained yet, or not with these samples and settings.",
    "Train it: distill run FILE --teacher-only",
  );
}

/** Trains the teacher and caches its weights. */
export async function trainTeacher(
  { fit: it, keyOn }: PreparedTeacherFit,
  context: TrainContext,
): Promise<Ending<NamedData>> {
  const ended = await fit([it], context);
  if (ended.ending !== "completed") return ended;
  await context.trainedTeachers.write(keyOn(context.engine), stored(ended.result.weights, it.net));
  await context.record({ teacherEngine: context.engine });
  return { ending: "completed", result: ended.result.weights };
}
