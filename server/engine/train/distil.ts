import type { ResolvedExperiment } from "../../../schemas/resolvedExperiment.gen.ts";
import type { Metrics, RunResult } from "../../../schemas/run-event.gen.ts";
import { leaksOf, toldLeak } from "../../data/leaks.ts";
import { rawSample } from "../../data/rawSample.ts";
import type { TeacherOutputs } from "../../data/teacherCache.ts";
import { needsTeacher } from "../distill/losses/losses.ts";
import type { Net } from "../nets/net.ts";
import type { NamedData } from "../program.ts";
import { type Ending, failed, type TrainContext } from "./context.ts";
import { contrastProblem, remembered } from "./contrast.ts";
import { embeddedData } from "./embeddedData.ts";
import { evaluationBatch } from "./evaluation.ts";
import { featureProblem, teacherInLoop, teacherTaps } from "./features.ts";
import { budget, type Fit, type Fitted, fit } from "./fit.ts";
import { holding, isPossibleInStep, type TeacherAt } from "./holding.ts";
import { judge, judgeTeacher } from "./judge.ts";
import { normalizeWarning, openStudent, softmaxWarning } from "./nets.ts";
import { planOf } from "./plan.ts";
import { memoryProblem, unsupported } from "./preflight.ts";
import { type PreparedData, prepareData } from "./prepare.ts";
import type { Problem } from "./problem.ts";
import { progressReporter } from "./progress.ts";
import { canRemember, rememberedTargets } from "./rememberedTargets.ts";
import { aloneLosses } from "./studentAlone.ts";
import { cachedTargets, liveTargets, teacherOutputs } from "./targets.ts";
import type { Teacher } from "./teacher.ts";
import { teacherDoubts } from "./teacherDoubts.ts";
import { openTeacher, teacherRecord } from "./teachers/open.ts";
import { trainedTeacher } from "./teachers/trained.ts";
import { labelledAlone, mixtureOf, sampleCounts, unlabelledProblem } from "./unlabelled.ts";

/**
 * Runs a whole experiment: data, teacher, its outputs, the student, the student alone, the test split once.
 * Every part is found again where an earlier trainer left it, so that the same call starts and resumes.
 */
export async function distil(
  experiment: ResolvedExperiment,
  context: TrainContext,
): Promise<Ending<RunResult>> {
  const { report } = context;
  report({ type: "phase", phase: "preflight" });
  const prepared = await prepareData(experiment.data, {
    baseDirectory: context.baseDirectory,
    seed: experiment.seed,
  });
  if ("problem" in prepared) return failedBy(prepared);
  const { test: _, ...unread } = prepared;
  const data: PreparedData = context.isTestHeld ? unread : prepared;
  /** The same, with all that the student learns from: samples with labels and without. */
  const learned: PreparedData = { ...data, train: data.pool ?? data.train };
  const student = await openStudent(experiment.student, data.train, context.baseDirectory);
  if ("problem" in student) return failedBy(student);
  const classes = student.net.outputShape.at(-1) as number;
  if (student.net.outputShape.length !== 1 || classes < data.train.classes) {
    return failed(
      "class-mismatch",
      `The student gives [${student.net.outputShape.join(", ")}]; the labels need [${data.train.classes}].`,
      student.net.outputShape.length === 1
        ? "Give its last layer one unit a class."
        : "Flatten before its last layer, or pool globally.",
    );
  }
  const obstacle = unsupported("student", student.net, "trained");
  if (obstacle !== undefined) return failedBy(obstacle);
  const embedded = embeddedData("student", student.net, {
    splits: splitsOf(learned),
    normalize: data.normalize,
  });
  if (embedded !== undefined) return failedBy(embedded);
  const { losses } = experiment;
  if (experiment.teacher === undefined && losses.some(needsTeacher)) {
    return failed("no-teacher", "The losses compare the student with a teacher, and there is none.");
  }
  const unlearnable = unlabelledProblem(experiment, data) ?? contrastProblem(losses, learned.train);
  if (unlearnable !== undefined) return failedBy(unlearnable);
  const leaks = leaksOf(data);
  const chosenBy = leaks.find(({ severity }) => severity === "error");
  if (chosenBy !== undefined) return failedBy({ problem: chosenBy });
  const changed = await context.learnsFrom({ data: data.records, normalize: data.normalize });
  if (changed !== undefined) return failedBy({ problem: changed });
  const recipe: Fit = { ...studentFit(experiment, learned, student), ...mixtureOf(experiment, data) };
  const tooLarge = memoryProblem("student", recipe, context);
  if (tooLarge !== undefined) return failedBy(tooLarge);
  const before = await reportStart(recipe, { experiment, data }, context);
  for (const leak of leaks) report({ type: "warning", ...toldLeak(leak) });
  if (student.softmaxLeftOut) report({ type: "warning", ...softmaxWarning("The student") });
  const otherwise = normalizeWarning(student, data.normalize);
  if (otherwise !== undefined) report({ type: "warning", ...otherwise });
  await context.record({ samples: rawSample(data.train) });

  let teacher: Teacher | undefined;
  try {
    let lessons: Lessons = {};
    let teacherOnValidation: ReturnType<typeof judgeTeacher>;
    if (experiment.teacher !== undefined) {
      report({ type: "phase", phase: "teacher" });
      const opened = await openTeacher(
        experiment.teacher,
        {
          train: data.train,
          classes,
          normalize: data.normalize,
          batchSizes: asked(experiment),
          taps: teacherTaps(losses),
        },
        { ...context, learn: (lesson) => trainedTeacher(lesson, data, context) },
      );
      if (opened.ending !== "completed") return of(before, opened);
      teacher = opened.result;
      const unequal = featureProblem(losses, student.net, teacher.features);
      if (unequal !== undefined) return failedBy(unequal);
      if (teacher.reading !== undefined) {
        report({ type: "teacher", reading: teacher.reading });
        await context.record({ teacherReading: teacher.reading });
      }
      const doubts =
        "path" in experiment.teacher ? await teacherDoubts(teacher, data.train, data.normalize) : [];
      for (const warning of [...teacher.warnings, ...doubts]) report({ type: "warning", ...warning });
      if (doubts.length > 0)
        await context.record({ teacherDoubt: doubts.map(({ message }) => message).join(" ") });
      const other = await context.learnsFrom({ teacher: teacherRecord(experiment.teacher, teacher) });
      if (other !== undefined) return failedBy({ problem: other });
      report({ type: "phase", phase: "cache" });
      const said = await consult(teacher, { experiment, data: learned }, context);
      if (said === undefined) return { ending: "stopped", step: before };
      if ("problem" in said) return failedBy(said);
      lessons = said;
      const ofValidation = lessons.fit?.validation?.teacher;
      teacherOnValidation = judgeTeacher("validation", data.validation, ofValidation, context);
    }

    report({ type: "phase", phase: "train" });
    const taught = await fit({ ...recipe, ...lessons.fit }, context);
    if (taught.ending !== "completed") return taught;

    let alone: Fitted | undefined;
    if (experiment.baselines.studentAlone) {
      report({ type: "phase", phase: "train", subject: "studentAlone" });
      // What the teacher says of the validation samples is measured against, as with the student, but not learned from.
      const { targets: _, ...measured } = lessons.fit ?? {};
      const ended = await fit(
        {
          ...recipe,
          ...labelledAlone(recipe, data.train),
          ...measured,
          subject: "studentAlone",
          ...aloneLosses(experiment),
        },
        context,
      );
      if (ended.ending !== "completed") return of(taught.result.steps, ended);
      alone = ended.result;
    }

    await teacher?.assertUntouched();

    report({ type: "phase", phase: "evaluate" });
    const verdict = await judge(
      {
        net: student.net,
        student: taught.result,
        alone,
        data,
        teacher: { onValidation: teacherOnValidation, ofTest: lessons.test },
        batchSize: experiment.data.batchSize,
      },
      context,
    );
    return {
      ending: "completed",
      result: {
        runId: context.runId,
        steps: taught.result.steps,
        epochs: taught.result.epochs,
        seconds: null,
        engine: context.engine,
        device: context.device,
        parameters: student.net.parameterCount,
        ...sampleCounts(learned.train),
        ...(taught.result.best ? { best: pick(taught.result.best) } : {}),
        ...(teacher?.parameters === undefined ? {} : { teacherParameters: teacher.parameters }),
        ...(teacher?.learned === undefined ? {} : { teacherLearned: teacher.learned }),
        ...verdict,
      },
    };
  } finally {
    await teacher?.dispose();
  }
}

const splitsOf = ({ train, validation, test }: PreparedData) =>
  [train, validation, test].filter((split) => split !== undefined);

const failedBy = ({ problem: { code, message, hint } }: { readonly problem: Problem }) =>
  failed(code, message, hint);

/** An ending of another network's training, at the step where the student is. */
function of<T>(step: number, ending: Ending<T>): Ending<T> {
  if (ending.ending === "completed") return ending;
  if (ending.ending === "stopped") return { ...ending, step };
  const { step: _, ...failure } = ending;
  return failure;
}

/** What the teacher says of each split: for the student's losses, and to compare with. */
interface Lessons {
  readonly fit?: Pick<Fit, "targets" | "validation">;
  readonly test?: TeacherOutputs;
}

/** Asks the teacher, once ever for samples that no augmentation changes. Undefined when a stop was asked for. */
async function consult(
  teacher: Teacher,
  { experiment, data }: { experiment: ResolvedExperiment; data: PreparedData },
  context: TrainContext,
): Promise<Lessons | { readonly problem: Problem } | undefined> {
  const { normalize, train, validation, test } = data;
  const needed = experiment.losses.some(needsTeacher);
  const { augment, batchSize } = experiment.data;
  const kept = needed && isKept({ augment, losses: experiment.losses });
  const remembered = needed && !kept && augment.length === 0 && canRemember(teacher, train.count);
  const splits = [kept ? train : undefined, validation, test];
  const total = [...splits, remembered ? train : undefined].reduce(
    (sum, split) => sum + (split?.count ?? 0),
    0,
  );
  const progress = progressReporter(context, { phase: "cache", total });
  const outputs: (TeacherOutputs | undefined)[] = [];
  let before = 0;
  for (const split of splits) {
    if (split === undefined) {
      outputs.push(undefined);
      continue;
    }
    const counted = before;
    const found = await teacherOutputs(teacher, split, {
      cacheDirectory: context.cacheDirectory,
      report: context.report,
      normalize,
      stopRequested: context.stopRequested,
      batch: evaluationBatch(batchSize),
      onProgress: (done) => progress(counted + done),
    });
    if (found === undefined || "problem" in found) return found;
    outputs.push(found);
    before += split.count;
  }
  const [trainOutputs, validationOutputs, testOutputs] = outputs;
  const looked = remembered
    ? await rememberedTargets(teacher, train, {
        normalize,
        stopRequested: context.stopRequested,
        batch: evaluationBatch(batchSize),
        onProgress: (done) => progress(before + done),
      })
    : liveTargets(teacher, normalize, train.shape);
  if (looked === undefined || "problem" in looked) return looked;
  const targets = trainOutputs ? cachedTargets(trainOutputs) : looked;
  return {
    fit: {
      ...(needed ? { targets } : {}),
      ...(validation ? { validation: { samples: validation, normalize, teacher: validationOutputs } } : {}),
    },
    ...(testOutputs ? { test: testOutputs } : {}),
  };
}

/** Once ever in batches as for an evaluation; anew in each step where its outputs are not kept. */
const asked = ({ data: { batchSize, augment }, losses }: ResolvedExperiment): number[] =>
  isKept({ augment, losses }) ? [evaluationBatch(batchSize)] : [evaluationBatch(batchSize), batchSize];

/** Whether what the teacher says of a training sample is always the same, and logits alone: these are kept for ever. */
const isKept = ({
  augment,
  losses,
}: Pick<ResolvedExperiment, "losses"> & Pick<ResolvedExperiment["data"], "augment">): boolean =>
  augment.length === 0 && teacherTaps(losses).length === 0;

function studentFit(
  {
    data: { augment, batchSize, shuffle, dropRemainder },
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
    batchSize,
    shuffle,
    dropRemainder,
    losses,
    optimizer,
    schedule,
    training,
    seed,
  };
}

/** Where the teacher will be, as far as that is known before it is there. */
function teacherAt(
  { teacher, losses, data: { augment }, training }: ResolvedExperiment,
  { net }: Pick<Fit, "net">,
): TeacherAt | undefined {
  if (teacher === undefined || !losses.some(needsTeacher)) return undefined;
  if (isKept({ augment, losses })) return { kept: net.outputShape.at(-1) as number };
  if (augment.length === 0) return { kept: undefined };
  return teacher.type !== "onnx" && isPossibleInStep(training) ? "in the step" : "beside the step";
}

/** @returns the student's steps that an earlier trainer has done */
async function reportStart(
  recipe: Fit,
  { experiment, data }: { readonly experiment: ResolvedExperiment; readonly data: PreparedData },
  context: TrainContext,
): Promise<number> {
  const { totalSteps, stepsPerEpoch } = budget(recipe);
  const checkpoint = context.resumed ? await context.store("student").latestCheckpoint() : undefined;
  const step = checkpoint?.progress.step ?? 0;
  const engineReason = [
    context.engineReason,
    holding({ ...recipe, teacher: teacherAt(experiment, recipe) }, context)?.sentence,
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
    plan: planOf(experiment, { data, student: recipe }),
    parameters: { student: recipe.net.parameterCount },
    ...sampleCounts(recipe.train),
  });
  return step;
}

const pick = ({ step, metrics }: { step: number; metrics: Metrics }) => ({ step, metrics });
