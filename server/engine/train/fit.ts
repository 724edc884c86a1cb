import { blendsLabels } from "../../data/augmentations/augmentations.ts";
import { epochSize } from "../../epochSize.ts";
import { taskOf } from "../../tasks/tasks.ts";
import { type Distillation, distillationProgram, type TeacherInLoop } from "../distill/program.ts";
import { scheduleOf } from "../distill/schedules/schedules.ts";
import type { Executor, NamedData } from "../program.ts";
import { batchFeeds } from "./batchFeeds.ts";
import { calmer } from "./calmer.ts";
import { type Checkpointing, checkpointing } from "./checkpointing.ts";
import { type Ending, failed, type Progress, type StoredTensors, type TrainContext } from "./context.ts";
import { type EvaluationSet, evaluate, evaluationBatch } from "./evaluation.ts";
import type { Feeds } from "./feeds.ts";
import { budget, type Fit, type Fitted, subjectOf } from "./fitConfig.ts";
import { labelKind } from "./labelRows.ts";
import { type ResidentData, residentData } from "./residentData.ts";
import { rowFeeds } from "./rowFeeds.ts";
import { compare } from "./selection.ts";
import { stepReporter } from "./stepReporter.ts";
import { stepRuns } from "./stepRun.ts";
import type { TeacherInStep } from "./targets.ts";
import { memoryProblem } from "./trainable.ts";
import { dataOf } from "./trainedWeights.ts";

/**
 * Trains a network from its latest checkpoint, or from the start, to the end of its budget. The same fit on the same engine, in the
 * same form and with the same thread count gives the same bits, with any interruptions.
 */
export async function fit(config: Fit, context: TrainContext): Promise<Ending<Fitted>> {
  const { stepsPerEpoch, totalSteps } = budget(config);
  if (stepsPerEpoch === 0) {
    return failed(
      "batch-too-large",
      `${config.train.count} training samples do not fill one batch of ${config.batchSize}, and dropRemainder leaves short ones out.`,
      "Lower data.batchSize or set data.dropRemainder to false.",
    );
  }
  const tooLarge = memoryProblem(config.subject === "teacher" ? "teacher" : "student", config, context);
  if (tooLarge !== undefined)
    return failed(tooLarge.problem.code, tooLarge.problem.message, tooLarge.problem.hint);
  const store = context.store(config.subject);
  const data = residentData(config, context);
  const program = programOf(config, data);
  const checkpoint = ofCourse(config, await store.latestCheckpoint());
  const fresh = program.initialState(
    { ...config.net.initial(config.seed), ...config.start },
    data?.inStep?.weights,
  );
  const unfit = checkpoint && unfitTensor(checkpoint.tensors, fresh);
  if (unfit !== undefined)
    return failed(
      "checkpoint-shape",
      `The checkpoint${ofSubject[config.subject]} holds ${unfit}.`,
      "Restore the run's original data, or run the experiment again.",
    );
  const initial = checkpoint ? { ...fresh, ...dataOf(checkpoint.tensors) } : fresh;
  const executor = await context.load(
    program,
    { ...initial, ...data?.initial },
    {
      threads: context.threads,
      // The rest of a fit is not another's: only one that begins may choose how its tensors are stored.
      ...(checkpoint ? { form: checkpoint.progress.form } : { steps: totalSteps }),
    },
  );
  const feeds = data === undefined ? batchFeeds(config, program) : rowFeeds(config, program, data.changes);
  try {
    await reportCompiled(executor, config, context);
    return await train(config, context, {
      program,
      feeds,
      executor,
      totalSteps,
      stepsPerEpoch,
      from: checkpoint?.progress,
    });
  } finally {
    await feeds.close();
    await executor.dispose();
  }
}

/** The tensor of a checkpoint that has the wrong size, as "12 values of weights/fc.kernel; … it needs 20". */
function unfitTensor(tensors: StoredTensors, fresh: NamedData): string | undefined {
  for (const [name, { data }] of Object.entries(tensors)) {
    const needed = fresh[name]?.length;
    if (needed !== undefined && needed !== data.length)
      return `${data.length} values of ${name}; with the current data it needs ${needed}`;
  }
  return undefined;
}

async function reportCompiled(
  { layout, memory }: Executor,
  { subject }: Fit,
  context: TrainContext,
): Promise<void> {
  if (memory !== undefined) context.report({ type: "warning", code: "memory-tight", message: memory });
  if (layout === undefined) return;
  context.report({ type: "compiled", ...subjectOf(subject), layout });
  await context.record({ [subject === "student" ? "layout" : `${subject}Layout`]: layout });
}

function ofCourse<T extends { readonly progress: Progress }>(
  { course }: Fit,
  checkpoint: T | undefined,
): T | undefined {
  const other = checkpoint?.progress.course;
  return other !== undefined && other !== course ? undefined : checkpoint;
}

interface Loaded {
  readonly program: Distillation;
  readonly feeds: Feeds;
  readonly executor: Executor;
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
  readonly from: Progress | undefined;
}

async function train(config: Fit, context: TrainContext, loaded: Loaded): Promise<Ending<Fitted>> {
  const { feeds, executor, totalSteps, stepsPerEpoch } = loaded;
  const reporter = stepReporter(config, context, loaded);
  const checkpoints = checkpointing(config, context, loaded);
  const runs = stepRuns(config, feeds.most);
  const evaluateEvery = config.training.evaluateEvery ?? stepsPerEpoch;
  const { form } = executor;
  let progress = { ...(loaded.from ?? beginning(config)), ...(form === undefined ? {} : { form }) };

  while (!progress.finished) {
    const { step, count, rows } = runs.after(progress.step);
    reporter.begin();
    const fed = await feeds.of({ step, count, rows });
    reporter.dataReady(feeds.waitedMs);
    const outputs = await executor.run(`train@${rows.length / count}`, fed, count);
    const bad = reporter.end({ step, count, samples: rows.length }, outputs);
    progress = { ...progress, step: bad?.step ?? step + count };
    if (bad !== undefined) return notFinite(bad.what, progress, config, checkpoints);
    runs.took(count, reporter.lastMs);

    const isLast = progress.step >= totalSteps;
    const isValidated = config.validation !== undefined && (progress.step % evaluateEvery === 0 || isLast);
    if (isValidated) progress = await validated(progress, config, context, { ...loaded, checkpoints });
    progress = { ...progress, finished: isLast || (isValidated && isOutOfPatience(progress, config)) };

    const isStopped = !progress.finished && context.stopRequested();
    if (progress.finished || isStopped || checkpoints.isDue(progress.step)) {
      const spoiled = await checkpoints.write(progress);
      if (spoiled !== undefined) return notFinite(spoiled, progress, config, checkpoints);
    }
    if (isStopped) return { ending: "stopped", step: progress.step };
    await reporter.letSignalsIn();
  }
  const waitingForData = reporter.waitingShare();
  const result = await checkpoints.finish(progress);
  return {
    ending: "completed",
    result: waitingForData === undefined ? result : { ...result, waitingForData },
  };
}

const beginning = ({ course }: Fit): Progress => ({
  step: 0,
  evaluationsSinceBest: 0,
  finished: false,
  ...(course === undefined ? {} : { course }),
});

/** Evaluates the network on validation, and whether it is the best so far. */
async function validated(
  progress: Progress,
  config: Fit,
  { report }: TrainContext,
  {
    executor,
    stepsPerEpoch,
    checkpoints,
  }: Pick<Loaded, "executor" | "stepsPerEpoch"> & { readonly checkpoints: Checkpointing },
): Promise<Progress> {
  const { metrics } = await evaluate(executor, config.validation as EvaluationSet, {
    classes: config.net.outputShape.at(-1) as number,
    batch: evaluationBatch(config.batchSize),
  });
  const at = { step: progress.step, epoch: progress.step / stepsPerEpoch, metrics };
  const standing = compare(
    config.training.earlyStopping?.metric ?? taskOf(config.train.task).key,
    metrics,
    progress.best?.metrics,
  );
  const best = standing !== "not";
  if (best) await checkpoints.markBest();
  report({ type: "evaluation", ...subjectOf(config.subject), split: "validation", ...at, best });
  return {
    ...progress,
    ...(best ? { best: at } : {}),
    evaluationsSinceBest: standing === "better" ? 0 : progress.evaluationsSinceBest + 1,
  };
}

const isOutOfPatience = ({ evaluationsSinceBest }: Progress, { training }: Fit): boolean =>
  training.earlyStopping !== undefined && evaluationsSinceBest >= training.earlyStopping.patience;

function notFinite(what: string, { step }: Progress, config: Fit, checkpoints: Checkpointing) {
  const kept = checkpoints.isKept() ? " The last good checkpoint is kept." : "";
  return failed(
    "not-finite",
    `Step ${step}${ofSubject[config.subject]}: ${what}.`,
    `${calmer(config)}${kept}`,
    step,
  );
}

const ofSubject = {
  student: "",
  studentAlone: " of the student alone",
  teacher: " of the teacher's training",
} as const;

function programOf(config: Fit, data: ResidentData | undefined): Distillation {
  const { totalSteps, stepsPerEpoch } = budget(config);
  const { steps, short } = epochSize({ ...config, count: config.train.count });
  const full = steps > 1 || short === 0 ? [config.batchSize] : [];
  return distillationProgram({
    student: config.net,
    losses: config.losses,
    sharedWeights: config.sharedWeights,
    optimizer: config.optimizer,
    weightPatterns: config.weightPatterns,
    schedule: scheduleOf(config.schedule, {
      learningRate: config.optimizer.learningRate,
      totalSteps,
      stepsPerEpoch: config.scheduleEpoch ?? stepsPerEpoch,
    }),
    clipNorm: config.training.clipNorm,
    ema: config.training.ema,
    precision: config.training.precision,
    teacher: config.targets && teacherOf(data?.inStep),
    teacherFeatures: config.targets?.features,
    samples: config.train.count,
    seed: config.seed,
    labels: labelKind(config.train, blendsLabels(config.augment)),
    task: config.train.task,
    resident: data?.resident,
    batchSizes: short === 0 ? full : [...full, short],
    evaluationBatchSizes: [evaluationBatch(config.batchSize)],
  });
}

const teacherOf = (inStep: TeacherInStep | undefined): TeacherInLoop =>
  inStep === undefined
    ? "fed"
    : { net: inStep.net, input: inStep.normalize ? "own" : "shared", outputs: inStep.outputs };
