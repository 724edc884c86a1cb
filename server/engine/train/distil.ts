import type { ResolvedExperiment } from "../../../schemas/resolvedExperiment.gen.ts";
import type { RunResult } from "../../../schemas/run-event.gen.ts";
import { leakWarning } from "../../data/leaks.ts";
import { rawSample } from "../../data/rawSample.ts";
import type { Problem } from "../../problem.ts";
import { needsTeacher } from "../distill/losses/losses.ts";
import type { Net } from "../nets/net.ts";
import { augmentedDoubts } from "./augmentedDoubts.ts";
import { type ComputedOutputs, computeTeacherOutputs, isKept } from "./computeTeacherOutputs.ts";
import { type Ending, failedBy, type TrainContext } from "./context.ts";
import { earlierLeaks } from "./earlierLeaks.ts";
import { evaluateOnTest, evaluateTeacherOn } from "./evaluateOnTest.ts";
import { evaluationBatch } from "./evaluation.ts";
import { featureProblem, teacherTaps } from "./features.ts";
import { fit } from "./fit.ts";
import type { Fitted } from "./fitConfig.ts";
import { ownLossProblem } from "./lossTrial.ts";
import { membersReading } from "./membersReading.ts";
import { type Preflight, preflight } from "./preflight.ts";
import { onDisk, reportStart } from "./reportStart.ts";
import { baselineStages } from "./studentAlone.ts";
import type { Teacher } from "./teacher.ts";
import { teacherDoubts } from "./teacherDoubts.ts";
import { teacherSoftness, temperatureDoubts } from "./teacherSoftness.ts";
import { openTeacher, teacherRecord } from "./teachers/open.ts";
import { trainedTeacher } from "./teachers/trained.ts";
import { labelledAlone, sampleCounts } from "./unlabelled.ts";
import { viewsOf } from "./views.ts";

/**
 * Runs a whole experiment: data, teacher, its outputs, the student, the student alone, the test split once.
 * Completed parts of an earlier trainer are reused, so that the same call starts and resumes.
 */
export async function distil(given: ResolvedExperiment, context: TrainContext): Promise<Ending<RunResult>> {
  context.report({ type: "phase", phase: "preflight" });
  const ready = await preflight(given, context);
  if ("ending" in ready) return ready;
  if ("problem" in ready) return failedBy(ready);
  const { experiment } = ready;
  const step = await reportStart(ready.stages, { experiment, data: ready.data }, context);
  for (const warning of ready.warnings) context.report({ type: "warning", ...warning });
  const placement = onDisk(ready.learned);
  await context.record({ samples: rawSample(ready.data.train), ...(placement ? { placement } : {}) });

  const opened = await openedTeacher(experiment, ready, context);
  if (opened.ending !== "completed") return atStep(step, opened);
  const teacher = opened.result;
  try {
    const untrainable = lossProblem(experiment.losses, ready.student.net, teacher);
    if (untrainable !== undefined) return failedBy(untrainable);
    const targets = await teacherTargets(teacher, { experiment, ready }, context);
    if (targets.ending !== "completed") return atStep(step, targets);
    return await trainStudents({ experiment, ready, teacher, targets: targets.result }, context);
  } finally {
    await teacher?.dispose();
  }
}

/** Why the losses cannot be trained with, if they cannot: layers that they cannot compare, modules that cannot be compiled. */
function lossProblem(
  losses: ResolvedExperiment["losses"],
  student: Pick<Net, "layers" | "outputShape">,
  teacher: Pick<Teacher, "features"> | undefined,
) {
  const features = teacher?.features ?? {};
  const shapes = student.layers.map(({ name, outputShape }) => [name, outputShape]);
  return (
    featureProblem(losses, student, features) ??
    ownLossProblem(losses, {
      classes: student.outputShape.at(-1) as number,
      shapes: { student: Object.fromEntries(shapes), teacher: features },
    })
  );
}

/** An experiment with its teacher's outputs. */
interface Distillation {
  readonly experiment: ResolvedExperiment;
  readonly ready: Preflight;
  readonly teacher: Teacher | undefined;
  readonly targets: ComputedOutputs;
}

/** Trains student and baseline from the same start, and evaluates both. */
async function trainStudents(
  { experiment, ready, teacher, targets }: Distillation,
  context: TrainContext,
): Promise<Ending<RunResult>> {
  const { data, learned, student, stages } = ready;
  context.report({ type: "phase", phase: "train" });
  const studentResult = await fit(
    stages.map((stage) => ({ ...stage, ...targets.measured, ...targets.of?.(stage.losses) })),
    context,
  );
  if (studentResult.ending !== "completed") return studentResult;

  const baselineResult = await trainBaseline(experiment, { ready, targets }, context);
  if (baselineResult.ending !== "completed") return atStep(studentResult.result.steps, baselineResult);

  await teacher?.assertUntouched();

  context.report({ type: "phase", phase: "evaluate" });
  const evaluated = await evaluateOnTest(
    {
      net: student.net,
      student: studentResult.result,
      baseline: baselineResult.result,
      data,
      teacher: { itself: teacher, onValidation: targets.onValidation, ofTest: targets.test },
      batchSize: experiment.data.batchSize,
    },
    context,
  );
  const { steps, epochs, best, waitingForData, engine, stages: ends } = studentResult.result;
  return {
    ending: "completed",
    result: {
      runId: context.runId,
      steps,
      epochs,
      seconds: null,
      engine: engine ?? context.engine,
      device: context.device,
      parameters: student.net.parameterCount,
      ...(ends === undefined ? {} : { stages: [...ends] }),
      ...sampleCounts(learned.train),
      ...(waitingForData === undefined ? {} : { waitingForData }),
      ...(best ? { best: { step: best.step, metrics: best.metrics } } : {}),
      ...(teacher?.parameters === undefined ? {} : { teacherParameters: teacher.parameters }),
      ...(teacher?.learned === undefined ? {} : { teacherLearned: teacher.learned }),
      ...evaluated,
    },
  };
}

/** The experiment's teacher, if it has one: opened from its file, or trained first. */
async function openedTeacher(
  { teacher, losses, data: spec }: ResolvedExperiment,
  { data, student }: Preflight,
  context: TrainContext,
): Promise<Ending<Teacher | undefined>> {
  if (teacher === undefined) return { ending: "completed", result: undefined };
  context.report({ type: "phase", phase: "teacher" });
  const { threads, teacherThreads = threads } = context;
  const isAskedBefore = isKept({ data: spec, losses });
  return openTeacher(
    teacher,
    {
      train: data.train,
      classes: student.net.outputShape.at(-1) as number,
      normalize: data.normalize,
      // Batch sizes: of evaluation where its outputs are cached, else also of each step.
      batchSizes: isAskedBefore
        ? [evaluationBatch(spec.batchSize)]
        : [evaluationBatch(spec.batchSize), spec.batchSize],
      taps: teacherTaps(losses),
      storage: spec.storage,
    },
    {
      ...context,
      threads: isAskedBefore ? teacherThreads : threads,
      learn: (fit) => trainedTeacher(fit, data, { ...context, threads: teacherThreads }),
    },
  );
}

/** Checks the teacher, and computes its outputs. */
async function teacherTargets(
  teacher: Teacher | undefined,
  { experiment, ready }: { readonly experiment: ResolvedExperiment; readonly ready: Preflight },
  context: TrainContext,
): Promise<Ending<ComputedOutputs>> {
  if (teacher === undefined) return { ending: "completed", result: {} };
  const { report } = context;
  const { data, learned } = ready;
  const spec = experiment.teacher as NonNullable<ResolvedExperiment["teacher"]>;
  if (teacher.reading !== undefined) {
    report({ type: "teacher", reading: teacher.reading });
    await context.record({ teacherReading: teacher.reading });
  }
  const doubts = "path" in spec ? await teacherDoubts(teacher, data.train, data.normalize) : [];
  const leaks = await earlierLeaks(teacher, data);
  for (const warning of [...teacher.warnings, ...doubts, ...leaks.map(leakWarning)])
    report({ type: "warning", ...warning });
  const changed = await context.learnsFrom({ teacher: teacherRecord(spec, teacher) });
  if (changed !== undefined) return failedBy({ problem: changed });
  report({ type: "phase", phase: "cache" });
  const outputs = await computeTeacherOutputs(
    teacher,
    { experiment, data: learned, views: viewsOf(ready.stages) },
    context,
  );
  if (outputs === undefined) return { ending: "stopped", step: 0 };
  if ("problem" in outputs) return failedBy(outputs);
  if (outputs.plain !== undefined && data.train.task === undefined && teacher.classes > 1) {
    const softness = teacherSoftness(outputs.plain);
    await context.record({ softness });
    for (const warning of temperatureDoubts(softness, experiment.losses))
      report({ type: "warning", ...warning });
  }
  const onAugmented = await doubtsOnAugmented(teacher, { experiment, ready }, context);
  if (onAugmented === undefined) return { ending: "stopped", step: 0 };
  for (const warning of onAugmented) report({ type: "warning", ...warning });
  const compared = await comparedMembers(teacher, { experiment, ready }, context);
  if (compared !== undefined) return failedBy(compared);
  const onValidation = evaluateTeacherOn(
    "validation",
    data.validation,
    outputs.measured?.validation?.teacher,
    context,
  );
  return { ending: "completed", result: { ...outputs, onValidation } };
}

/** Doubts about the teacher on what the student learns from it, where that is augmented. Undefined when stopped. */
function doubtsOnAugmented(
  teacher: Teacher,
  { experiment, ready: { data } }: { readonly experiment: ResolvedExperiment; readonly ready: Preflight },
  { cacheDirectory, report, stopRequested, exclusively }: TrainContext,
): Promise<readonly Problem[] | undefined> {
  const { losses, seed } = experiment;
  const { augment, batchSize } = experiment.data;
  return augmentedDoubts(teacher, data.train, {
    cacheDirectory,
    report,
    stopRequested,
    exclusively,
    normalize: data.normalize,
    batch: evaluationBatch(batchSize),
    augment: losses.some(needsTeacher) ? augment : [],
    seed,
  });
}

/** Reports how several teachers compare, on held-out samples where there are some. */
async function comparedMembers(
  teacher: Teacher,
  { experiment, ready: { data } }: { readonly experiment: ResolvedExperiment; readonly ready: Preflight },
  { cacheDirectory, report, record, stopRequested, exclusively }: TrainContext,
): Promise<{ readonly problem: Problem } | undefined> {
  const { validation, train, normalize } = data;
  const isHeldOut = validation !== undefined && (teacher.outputSource?.knows(validation) ?? true);
  const found = await membersReading(
    teacher,
    isHeldOut ? { split: "validation", samples: validation } : { split: "training", samples: train },
    {
      cacheDirectory,
      report,
      normalize,
      stopRequested,
      exclusively,
      batch: evaluationBatch(experiment.data.batchSize),
      onProgress: () => {},
    },
  );
  if (found === undefined || "problem" in found) return found;
  const { reading, members, agreement } = found;
  const compared =
    members.length === 0 ? {} : { members: [...members], agreement: agreement.map((row) => [...row]) };
  report({ type: "teacher", reading, ...compared });
  await record({ teacherReading: found.reading });
  return undefined;
}

/** The same student without the teacher, if the experiment trains a baseline. */
async function trainBaseline(
  experiment: ResolvedExperiment,
  { ready: { data, stages }, targets }: { readonly ready: Preflight; readonly targets: ComputedOutputs },
  context: TrainContext,
): Promise<Ending<Fitted | undefined>> {
  if (!experiment.baselines.studentAlone) return { ending: "completed", result: undefined };
  context.report({ type: "phase", phase: "train", subject: "studentAlone" });
  return fit(
    baselineStages(experiment, stages).map((stage) => ({
      ...stage,
      ...labelledAlone(stage, data.train),
      // The teacher's validation outputs are used for metrics, as with the student, but not for training.
      ...targets.measured,
      subject: "studentAlone" as const,
    })),
    context,
  );
}

/** The ending of another network's fit, at the student's step. */
function atStep<T>(step: number, ending: Ending<T>): Ending<T> {
  if (ending.ending === "completed") return ending;
  if (ending.ending === "stopped") return { ...ending, step };
  const { step: _, ...failure } = ending;
  return failure;
}
