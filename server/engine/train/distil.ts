import type { ResolvedExperiment } from "../../../schemas/resolvedExperiment.gen.ts";
import type { Metrics, RunResult } from "../../../schemas/run-event.gen.ts";
import { rawSample } from "../../data/rawSample.ts";
import type { TeacherOutputs } from "../../data/teacherCache.ts";
import { needsTeacher } from "../distill/losses/losses.ts";
import { type Ending, failed, type TrainContext } from "./context.ts";
import { remembered } from "./contrast.ts";
import { evaluationBatch } from "./evaluation.ts";
import { featureProblem, teacherInLoop, teacherTaps } from "./features.ts";
import { type Fitted, fit } from "./fit.ts";
import { budget, type Fit } from "./fitConfig.ts";
import { holding, isPossibleInStep, type TeacherAt } from "./holding.ts";
import { judge, judgeTeacher } from "./judge.ts";
import { planOf } from "./plan.ts";
import { type Preflight, preflight } from "./preflight.ts";
import type { PreparedData } from "./prepare.ts";
import type { Problem } from "./problem.ts";
import { progressReporter } from "./progress.ts";
import { canRemember, rememberedTargets } from "./rememberedTargets.ts";
import { aloneLosses } from "./studentAlone.ts";
import { cachedTargets, liveTargets, teacherOutputs } from "./targets.ts";
import type { Teacher } from "./teacher.ts";
import { teacherDoubts } from "./teacherDoubts.ts";
import { openTeacher, teacherRecord } from "./teachers/open.ts";
import { trainedTeacher } from "./teachers/trained.ts";
import { labelledAlone, sampleCounts } from "./unlabelled.ts";

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
  const ready = await preflight(experiment, context);
  if ("problem" in ready) return failedBy(ready);
  const { data, student, recipe } = ready;
  const before = await reportStart(recipe, { experiment, data }, context);
  for (const warning of ready.warnings) report({ type: "warning", ...warning });
  await context.record({ samples: rawSample(data.train) });

  const opened = await openedTeacher(experiment, ready, context);
  if (opened.ending !== "completed") return of(before, opened);
  const teacher = opened.result;
  try {
    const asked = teacher ? await lessonsOf(teacher, { experiment, ready }, context) : noLessons;
    if (asked.ending !== "completed") return of(before, asked);
    const lessons = asked.result;

    report({ type: "phase", phase: "train" });
    const taught = await fit({ ...recipe, ...lessons.fit }, context);
    if (taught.ending !== "completed") return taught;

    const alone = await trainedAlone(experiment, { ready, lessons }, context);
    if (alone.ending !== "completed") return of(taught.result.steps, alone);

    await teacher?.assertUntouched();

    report({ type: "phase", phase: "evaluate" });
    const verdict = await judge(
      {
        net: student.net,
        student: taught.result,
        alone: alone.result,
        data,
        teacher: { onValidation: lessons.onValidation, ofTest: lessons.test },
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
        ...sampleCounts(recipe.train),
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

/** The experiment's teacher, if it has one: opened from its file, or trained first. */
async function openedTeacher(
  { teacher, losses, data: { augment, batchSize } }: ResolvedExperiment,
  { data, student }: Preflight,
  context: TrainContext,
): Promise<Ending<Teacher | undefined>> {
  if (teacher === undefined) return { ending: "completed", result: undefined };
  context.report({ type: "phase", phase: "teacher" });
  return openTeacher(
    teacher,
    {
      train: data.train,
      classes: student.net.outputShape.at(-1) as number,
      normalize: data.normalize,
      // Once ever in batches as for an evaluation; anew in each step where its outputs are not kept.
      batchSizes: isKept({ augment, losses })
        ? [evaluationBatch(batchSize)]
        : [evaluationBatch(batchSize), batchSize],
      taps: teacherTaps(losses),
    },
    { ...context, learn: (lesson) => trainedTeacher(lesson, data, context) },
  );
}

/** What the teacher says of each split: for the student's losses, and to compare with. */
interface Lessons {
  readonly fit?: Pick<Fit, "targets" | "validation">;
  readonly test?: TeacherOutputs;
  readonly onValidation?: ReturnType<typeof judgeTeacher>;
}

const noLessons: Ending<Lessons> = { ending: "completed", result: {} };

/** Looks at the teacher before it is believed, and asks it. */
async function lessonsOf(
  teacher: Teacher,
  { experiment, ready }: { readonly experiment: ResolvedExperiment; readonly ready: Preflight },
  context: TrainContext,
): Promise<Ending<Lessons>> {
  const { report } = context;
  const { data, learned, student } = ready;
  const spec = experiment.teacher as NonNullable<ResolvedExperiment["teacher"]>;
  const unequal = featureProblem(experiment.losses, student.net, teacher.features);
  if (unequal !== undefined) return failedBy(unequal);
  if (teacher.reading !== undefined) {
    report({ type: "teacher", reading: teacher.reading });
    await context.record({ teacherReading: teacher.reading });
  }
  const doubts = "path" in spec ? await teacherDoubts(teacher, data.train, data.normalize) : [];
  for (const warning of [...teacher.warnings, ...doubts]) report({ type: "warning", ...warning });
  const changed = await context.learnsFrom({ teacher: teacherRecord(spec, teacher) });
  if (changed !== undefined) return failedBy({ problem: changed });
  report({ type: "phase", phase: "cache" });
  const said = await consult(teacher, { experiment, data: learned }, context);
  if (said === undefined) return { ending: "stopped", step: 0 };
  if ("problem" in said) return failedBy(said);
  const onValidation = judgeTeacher("validation", data.validation, said.fit?.validation?.teacher, context);
  return { ending: "completed", result: { ...said, onValidation } };
}

/** The same student without the teacher, where the experiment wants to know. */
async function trainedAlone(
  experiment: ResolvedExperiment,
  { ready: { data, recipe }, lessons }: { readonly ready: Preflight; readonly lessons: Lessons },
  context: TrainContext,
): Promise<Ending<Fitted | undefined>> {
  if (!experiment.baselines.studentAlone) return { ending: "completed", result: undefined };
  context.report({ type: "phase", phase: "train", subject: "studentAlone" });
  // What the teacher says of the validation samples is measured against, as with the student, but not learned from.
  const { targets: _, ...measured } = lessons.fit ?? {};
  return fit(
    {
      ...recipe,
      ...labelledAlone(recipe, data.train),
      ...measured,
      subject: "studentAlone",
      ...aloneLosses(experiment),
    },
    context,
  );
}

const failedBy = ({ problem: { code, message, hint } }: { readonly problem: Problem }) =>
  failed(code, message, hint);

/** An ending of another network's training, at the step where the student is. */
function of<T>(step: number, ending: Ending<T>): Ending<T> {
  if (ending.ending === "completed") return ending;
  if (ending.ending === "stopped") return { ...ending, step };
  const { step: _, ...failure } = ending;
  return failure;
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

/** Whether what the teacher says of a training sample is always the same, and logits alone: these are kept for ever. */
const isKept = ({
  augment,
  losses,
}: Pick<ResolvedExperiment, "losses"> & Pick<ResolvedExperiment["data"], "augment">): boolean =>
  augment.length === 0 && teacherTaps(losses).length === 0;

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
