import type { ResolvedExperiment } from "../../../schemas/resolvedExperiment.gen.ts";
import { leaksOf, leakWarning } from "../../data/leaks.ts";
import { headHint, unitsHint } from "../../nets/otherOutputs.ts";
import { unmatched, unmatchedText, type WeightPatterns } from "../../nets/weightPatterns.ts";
import { type Problem, problem } from "../../problem.ts";
import { taskOf } from "../../tasks/tasks.ts";
import { needsTeacher } from "../distill/losses/losses.ts";
import type { Net } from "../nets/net.ts";
import { partlyTrained } from "../nets/partlyTrained.ts";
import type { NamedData } from "../program.ts";
import { augmentationProblem } from "./augmentationProblem.ts";
import { classWeightsProblem, withClassWeights } from "./classWeights.ts";
import { collectGarbage } from "./collectGarbage.ts";
import type { TrainContext } from "./context.ts";
import { startLeaks } from "./earlierLeaks.ts";
import { embeddedData } from "./embeddedData.ts";
import { type Fit, trainingsOf } from "./fitConfig.ts";
import { negativesProblem } from "./negativeSampling.ts";
import {
  endWarning,
  maskWarnings,
  normalizeWarning,
  type OpenedNet,
  openStudent,
  type Stopped,
  studentRecord,
} from "./nets.ts";
import { type PreparedData, prepareData, remarkOf } from "./prepare.ts";
import { readingReporters } from "./progress.ts";
import { samplerProblem, samplerWarning } from "./samplerProblem.ts";
import { standardProblem } from "./standardProblem.ts";
import { storedTeacherProblem } from "./storedTeacher.ts";
import { baselineLosses } from "./studentAlone.ts";
import { taskProblem } from "./taskProblem.ts";
import { memoryProblem, unsupported } from "./trainable.ts";
import { mixtureOf, unlabelledProblem } from "./unlabelled.ts";

/** Validated inputs of a run. */
export interface Preflight {
  /** With what only samples tell: the weights of classes. */
  readonly experiment: ResolvedExperiment;
  readonly data: PreparedData;
  /** The same, with all of the student's training samples: with labels and without. */
  readonly learned: PreparedData;
  readonly student: OpenedNet;
  /** The stages of its training; one where the experiment names none. */
  readonly stages: readonly Fit[];
  readonly warnings: readonly Problem[];
}

/** Reads the samples and the student, and refuses experiments that cannot be trained or would mislead. */
export async function preflight(
  given: ResolvedExperiment,
  context: TrainContext,
): Promise<Preflight | { readonly problem: Problem } | Stopped> {
  const { seed, task } = given;
  const { baseDirectory, cacheDirectory } = context;
  const prepared = await prepareData(given.data, {
    baseDirectory,
    cacheDirectory,
    seed,
    task,
    ...readingReporters(context),
  });
  collectGarbage();
  if ("problem" in prepared) return prepared;
  const { test: _, ...unread } = prepared;
  const data: PreparedData = context.isTestWithheld ? unread : prepared;
  const learned: PreparedData = { ...data, train: data.pool ?? data.train };
  const opened = await openStudent(given.student, data.train, context);
  if ("problem" in opened || "ending" in opened) return opened;
  const { net } = opened;
  const outputs = net.outputShape.at(-1) as number;
  const experiment = withClassWeights(given, learned.train.labels, outputs);
  const { losses } = experiment;
  const { trainable } = experiment.student;
  const student = { ...opened, net: partlyTrained(net, trainable) };
  const stages = studentStages(experiment, learned, opened).map((stage) => ({
    ...stage,
    ...mixtureOf(experiment, data),
  }));
  const weighing = [...losses, ...baselineLosses(experiment).losses];
  // Checks a withheld test split too: a sweep would report it only at the end.
  const leaks = leaksOf(prepared);
  const chosenBy = leaks.find(({ severity }) => severity === "error");
  const obstacle =
    taskProblem(experiment, data) ??
    standardProblem(experiment, data.train) ??
    outputProblem(student, data, experiment.student) ??
    patternProblem(student, "student", experiment.student) ??
    averagesProblem(student, "student", trainable) ??
    unsupported("student", student.net, "trained") ??
    stageProblem(experiment, stages, opened) ??
    embeddedData("student", student.net, { splits: splitsOf(learned), normalize: data.normalize }) ??
    (experiment.teacher === undefined && losses.some(needsTeacher)
      ? problem("no-teacher", "The losses need a teacher, and there is none.")
      : undefined) ??
    storedTeacherProblem(experiment) ??
    unlabelledProblem(experiment, data) ??
    samplerProblem(experiment.data, learned.train) ??
    augmentationProblem(experiment.data, learned.train) ??
    negativesProblem(losses, learned.train) ??
    classWeightsProblem(weighing, outputs) ??
    (chosenBy && { problem: chosenBy });
  if (obstacle !== undefined) return obstacle;
  const changed = await context.learnsFrom({
    data: data.records,
    normalize: data.normalize,
    ...studentRecord(opened),
  });
  if (changed !== undefined) return { problem: changed };
  for (const stage of stages) {
    const tooLarge = memoryProblem("student", stage, context);
    if (tooLarge !== undefined) return tooLarge;
  }
  const seen = await startLeaks(opened, prepared);
  const warnings = [
    ...prepared.remarks.map(remarkOf),
    ...[...leaks, ...seen].map(leakWarning),
    endWarning("The student", student),
    ...maskWarnings("The student", student),
    normalizeWarning(student, data.normalize),
    samplerWarning(experiment.data, weighing),
    ...(student.remarks ?? []),
  ].filter((warning) => warning !== undefined);
  return { experiment, data, learned, student, stages, warnings };
}

function outputProblem(
  { net: { outputShape } }: OpenedNet,
  { train }: PreparedData,
  spec: ResolvedExperiment["student"],
): { readonly problem: Problem } | undefined {
  const isFlat = outputShape.length === 1;
  const [own = 0] = outputShape;
  if (isFlat && (train.task === undefined ? own >= train.classes : own === train.classes)) return undefined;
  const words = taskOf(train.task).output;
  return problem(
    "class-mismatch",
    `The student gives [${outputShape.join(", ")}]; the labels need [${train.classes}].`,
    isFlat
      ? "head" in spec
        ? headHint(words)
        : unitsHint(words)
      : "Flatten before its last layer, or pool globally.",
  );
}

/** A pattern that matches no weight is a mistake in it. */
function patternProblem(
  { net: { parameters } }: OpenedNet,
  whose: string,
  patterns: WeightPatterns,
): { readonly problem: Problem } | undefined {
  const names = Object.keys(parameters);
  const [first] = unmatched(patterns, names);
  return first && problem("weight-pattern", `${whose}.${first.key}: ${unmatchedText(first.pattern, names)}`);
}

/** What keeps a stage from being trained: its patterns, or that nothing is left to train. */
function stageProblem(
  { stages = [] }: ResolvedExperiment,
  fits: readonly Fit[],
  student: OpenedNet,
): { readonly problem: Problem } | undefined {
  for (const [i, { trainable }] of stages.entries()) {
    const place = `stages[${i}]`;
    const obstacle =
      patternProblem(student, place, { trainable }) ?? averagesProblem(fits[i] as Fit, place, trainable);
    if (obstacle !== undefined) return obstacle;
  }
  return undefined;
}

/** A choice of weights that no step trains. */
function averagesProblem(
  { net: { parameters } }: Pick<Fit, "net">,
  whose: string,
  chosen: readonly string[] | undefined,
): { readonly problem: Problem } | undefined {
  if (chosen === undefined || Object.values(parameters).some(({ trainable }) => trainable)) return undefined;
  return problem(
    "no-weights",
    `${whose}.trainable matches averages of norms alone, so there is nothing to train.`,
  );
}

const splitsOf = ({ train, validation, test }: PreparedData) =>
  [train, validation, test].filter((split) => split !== undefined);

function studentStages(
  experiment: ResolvedExperiment,
  { train, validation, normalize }: PreparedData,
  { net, weights }: { readonly net: Net; readonly weights?: NamedData },
): readonly Fit[] {
  const {
    student: { trainable, learningRates, weightDecays },
    data: { augment, views, batchSize, sampler, shuffle, dropRemainder },
    losses,
    optimizer,
    schedule,
    training,
    seed,
    stages,
  } = experiment;
  const common = {
    subject: "student",
    phase: "train",
    ...(weights ? { start: weights } : {}),
    train,
    ...(validation ? { validation: { samples: validation, normalize } } : {}),
    ...(train.standard ? { standard: train.standard } : {}),
    normalize,
    augment,
    ...(views === undefined ? {} : { views }),
    batchSize,
    sampler,
    shuffle,
    dropRemainder,
    ...(learningRates || weightDecays ? { weightPatterns: { learningRates, weightDecays } } : {}),
    seed,
  } as const;
  if (stages === undefined)
    return [{ ...common, net: partlyTrained(net, trainable), losses, optimizer, schedule, training }];
  const trainings = trainingsOf(experiment);
  return stages.map((stage, i) => ({
    ...common,
    stage: stage.name,
    net: partlyTrained(net, stage.trainable ?? trainable),
    losses: stage.losses,
    optimizer: stage.optimizer,
    schedule: stage.schedule,
    training: trainings[i] as Fit["training"],
  }));
}
