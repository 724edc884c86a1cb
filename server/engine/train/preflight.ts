import type { ResolvedExperiment } from "../../../schemas/resolvedExperiment.gen.ts";
import { leaksOf, leakWarning } from "../../data/leaks.ts";
import { unmatched, unmatchedText, type WeightPatterns } from "../../nets/weightPatterns.ts";
import { type Problem, problem } from "../../problem.ts";
import { taskOf } from "../../tasks/tasks.ts";
import { needsTeacher } from "../distill/losses/losses.ts";
import type { Net } from "../nets/net.ts";
import { partlyTrained } from "../nets/partlyTrained.ts";
import type { NamedData } from "../program.ts";
import { augmentationProblem } from "./augmentationProblem.ts";
import { classWeightsProblem } from "./classWeights.ts";
import type { TrainContext } from "./context.ts";
import { embeddedData } from "./embeddedData.ts";
import type { Fit } from "./fitConfig.ts";
import { negativesProblem } from "./negativeSampling.ts";
import { endWarning, maskWarnings, normalizeWarning, type OpenedNet, openStudent } from "./nets.ts";
import { type PreparedData, prepareData, remarkOf } from "./prepare.ts";
import { decodingReporter } from "./progress.ts";
import { storedTeacherProblem } from "./storedTeacher.ts";
import { baselineLosses } from "./studentAlone.ts";
import { taskProblem } from "./taskProblem.ts";
import { memoryProblem, unsupported } from "./trainable.ts";
import { mixtureOf, unlabelledProblem } from "./unlabelled.ts";

/** Validated inputs of a run. */
export interface Preflight {
  readonly data: PreparedData;
  /** The same, with all of the student's training samples: with labels and without. */
  readonly learned: PreparedData;
  readonly student: OpenedNet;
  readonly recipe: Fit;
  readonly warnings: readonly Problem[];
}

/** Reads the samples and the student, and refuses experiments that cannot be trained or would mislead. */
export async function preflight(
  experiment: ResolvedExperiment,
  context: TrainContext,
): Promise<Preflight | { readonly problem: Problem }> {
  const { losses, seed } = experiment;
  const { task } = experiment;
  const { baseDirectory, cacheDirectory } = context;
  const prepared = await prepareData(experiment.data, {
    baseDirectory,
    cacheDirectory,
    seed,
    task,
    onImage: decodingReporter(context),
  });
  if ("problem" in prepared) return prepared;
  const { test: _, ...unread } = prepared;
  const data: PreparedData = context.isTestWithheld ? unread : prepared;
  const learned: PreparedData = { ...data, train: data.pool ?? data.train };
  const opened = await openStudent(experiment.student, data.train, baseDirectory);
  if ("problem" in opened) return opened;
  const student = { ...opened, net: partlyTrained(opened.net, experiment.student.trainable) };
  // Checks a withheld test split too: a sweep would report it only at the end.
  const leaks = leaksOf(prepared);
  const chosenBy = leaks.find(({ severity }) => severity === "error");
  const obstacle =
    taskProblem(experiment, data) ??
    outputProblem(student, data) ??
    patternProblem(student, experiment.student) ??
    unsupported("student", student.net, "trained") ??
    embeddedData("student", student.net, { splits: splitsOf(learned), normalize: data.normalize }) ??
    (experiment.teacher === undefined && losses.some(needsTeacher)
      ? problem("no-teacher", "The losses need a teacher, and there is none.")
      : undefined) ??
    storedTeacherProblem(experiment) ??
    unlabelledProblem(experiment, data) ??
    augmentationProblem(experiment.data, learned.train) ??
    negativesProblem(losses, learned.train) ??
    classWeightsProblem(
      [...losses, ...baselineLosses(experiment).losses],
      student.net.outputShape.at(-1) as number,
    ) ??
    (chosenBy && { problem: chosenBy });
  if (obstacle !== undefined) return obstacle;
  const changed = await context.learnsFrom({ data: data.records, normalize: data.normalize });
  if (changed !== undefined) return { problem: changed };
  const recipe: Fit = { ...studentFit(experiment, learned, student), ...mixtureOf(experiment, data) };
  const tooLarge = memoryProblem("student", recipe, context);
  if (tooLarge !== undefined) return tooLarge;
  const warnings = [
    ...prepared.remarks.map(remarkOf),
    ...leaks.map(leakWarning),
    endWarning("The student", student),
    ...maskWarnings("The student", student),
    normalizeWarning(student, data.normalize),
  ].filter((warning) => warning !== undefined);
  return { data, learned, student, recipe, warnings };
}

function outputProblem(
  { net: { outputShape } }: OpenedNet,
  { train }: PreparedData,
): { readonly problem: Problem } | undefined {
  const isFlat = outputShape.length === 1;
  const [own = 0] = outputShape;
  if (isFlat && (train.task === undefined ? own >= train.classes : own === train.classes)) return undefined;
  return problem(
    "class-mismatch",
    `The student gives [${outputShape.join(", ")}]; the labels need [${train.classes}].`,
    isFlat
      ? `Give its last layer one unit per ${taskOf(train.task).output[0]}, or a saved model a new head ("head": "replace").`
      : "Flatten before its last layer, or pool globally.",
  );
}

/** A pattern that matches no weight is a mistake in it. */
function patternProblem(
  { net: { parameters } }: OpenedNet,
  patterns: WeightPatterns,
): { readonly problem: Problem } | undefined {
  const names = Object.keys(parameters);
  const [first] = unmatched(patterns, names);
  return first && problem("weight-pattern", `student.${first.key}: ${unmatchedText(first.pattern, names)}`);
}

const splitsOf = ({ train, validation, test }: PreparedData) =>
  [train, validation, test].filter((split) => split !== undefined);

function studentFit(
  {
    student: { learningRates, weightDecays },
    data: { augment, views, batchSize, shuffle, dropRemainder },
    losses,
    optimizer,
    schedule,
    training,
    seed,
  }: ResolvedExperiment,
  { train, validation, normalize }: PreparedData,
  student: { net: Net; weights?: NamedData },
): Fit {
  return {
    subject: "student",
    phase: "train",
    net: student.net,
    ...(student.weights ? { start: student.weights } : {}),
    train,
    ...(validation ? { validation: { samples: validation, normalize } } : {}),
    normalize,
    augment,
    ...(views === undefined ? {} : { views }),
    batchSize,
    shuffle,
    dropRemainder,
    losses,
    optimizer,
    ...(learningRates || weightDecays ? { weightPatterns: { learningRates, weightDecays } } : {}),
    schedule,
    training,
    seed,
  };
}
