import type { Metrics } from "../../../schemas/run-event.gen.ts";
import { taskOf } from "../../tasks/tasks.ts";
import type { Distillation } from "../distill/program.ts";
import type { Executor, NamedData } from "../program.ts";
import { accumulatedStep, partsOf } from "./accumulation.ts";
import { batchFeeds } from "./batchFeeds.ts";
import { calmer } from "./calmer.ts";
import { type Checkpointing, checkpointing } from "./checkpointing.ts";
import { type Ending, failed, type Progress, type StoredTensors, type TrainContext } from "./context.ts";
import { type EvaluationSet, evaluate, evaluationBatch } from "./evaluation.ts";
import type { Feeds } from "./feeds.ts";
import { budget, type Fit, type Fitted, stepSamples, subjectOf, wholeBudget } from "./fitConfig.ts";
import { residentData } from "./residentData.ts";
import { rowFeeds } from "./rowFeeds.ts";
import { compare } from "./selection.ts";
import { carriedOver } from "./stageBorder.ts";
import { accumulates, stageProgram } from "./stageProgram.ts";
import { type StepClock, stepReporter, waitingShare } from "./stepReporter.ts";
import { stepRuns } from "./stepRun.ts";
import { memoryProblem } from "./trainable.ts";
import { dataOf } from "./trainedWeights.ts";

/**
 * Trains a network through its stages, from its latest checkpoint, or from the start, to the end of the last one. The same stages
 * on the same engine, in the same lowering and with the same thread count give the same bits, with any interruptions.
 */
export async function fit(stages: readonly Fit[], context: TrainContext): Promise<Ending<Fitted>> {
  const [first] = stages;
  if (first === undefined) throw new Error("a training has at least one stage");
  if (budget(first).stepsPerEpoch === 0) {
    return failed(
      "batch-too-large",
      `${first.train.count} training samples do not fill one step of ${stepSamples(first)}, and dropRemainder leaves short ones out.`,
      "Lower data.batchSize or training.accumulate, or set data.dropRemainder to false.",
    );
  }
  const whose = first.subject === "teacher" ? "teacher" : "student";
  for (const stage of stages) {
    const tooLarge = memoryProblem(whose, stage, context);
    if (tooLarge !== undefined)
      return failed(tooLarge.problem.code, tooLarge.problem.message, tooLarge.problem.hint);
  }
  const checkpoint = ofCourse(first, await context.store(first.subject).latestCheckpoint());
  let point: Point = checkpoint
    ? { ...checkpoint, isResumed: true }
    : { progress: beginning(first), tensors: {}, isResumed: false };
  const clock: StepClock = { total: 0, waiting: 0 };
  for (;;) {
    const ended = await fitStage(stages, { point, clock }, context);
    if (ended.ending !== "completed") return ended;
    if ("progress" in ended.result) {
      point = ended.result;
      continue;
    }
    const waitingForData = waitingShare(first, clock);
    return {
      ending: "completed",
      result: waitingForData === undefined ? ended.result : { ...ended.result, waitingForData },
    };
  }
}

/** Where training continues: at the border of a stage without the optimizer's slots. */
interface Point {
  readonly progress: Progress;
  readonly tensors: StoredTensors;
  /** There is a checkpoint of it. */
  readonly isResumed: boolean;
}

/** Trains one stage, to where the next one begins or to the result of the last one. */
async function fitStage(
  stages: readonly Fit[],
  { point, clock }: { readonly point: Point; readonly clock: StepClock },
  context: TrainContext,
): Promise<Ending<Fitted | Point>> {
  const { progress } = point;
  const index = Math.min(progress.ended?.length ?? 0, stages.length - 1);
  const config = stages[index] as Fit;
  const from = progress.ended?.[index - 1]?.step ?? 0;
  const { stepsPerEpoch, totalSteps } = budget(config);
  const until = from + totalSteps;
  const data = residentData(config, context);
  const program = stageProgram(config, { from, data });
  const fresh = program.initialState(
    { ...config.net.initial(config.seed), ...config.start },
    data?.inStep?.weights,
  );
  const unfit = unfitTensor(point.tensors, fresh);
  if (unfit !== undefined)
    return failed(
      "checkpoint-shape",
      `The checkpoint${ofSubject[config.subject]} holds ${unfit}.`,
      "Restore the run's original data, or run the experiment again.",
    );
  if (!progress.finished) await reportStage(stages, { index, from, until }, { progress, context });
  const isOwn = (name: string) => Object.hasOwn(program.state, name);
  const initial = { ...fresh, ...dataOf(only(point.tensors, isOwn)) };
  const executor = await context.load(
    program,
    { ...initial, ...data?.initial },
    {
      threads: context.threads,
      // The rest of a training is not another's: only one that begins may choose how its tensors are stored.
      ...(point.isResumed ? { lowering: progress.form } : {}),
      ...(point.isResumed || context.isBesideOthers ? {} : { steps: wholeBudget(stages).totalSteps }),
    },
  );
  const feeds =
    data === undefined ? batchFeeds(config, program, until) : rowFeeds(config, program, data.changes);
  try {
    await reportCompiled(executor, config, context);
    return await train(config, context, {
      program,
      feeds,
      executor,
      until,
      totalSteps: from + wholeBudget(stages.slice(index)).totalSteps,
      stepsPerEpoch,
      stages,
      index,
      clock,
      from: progress,
      unused: only(point.tensors, (name) => !isOwn(name)),
      isResumed: point.isResumed,
    });
  } finally {
    await feeds.close();
    await executor.dispose();
  }
}

async function reportStage(
  stages: readonly Fit[],
  { index, from, until }: { readonly index: number; readonly from: number; readonly until: number },
  { progress, context }: { readonly progress: Progress; readonly context: TrainContext },
): Promise<void> {
  const { stage: name, subject } = stages[index] as Fit;
  if (name === undefined) return;
  context.report({ type: "stage", ...subjectOf(subject), index, name, step: from, totalSteps: until });
  if (subject !== "student") return;
  const begun = [0, ...(progress.ended ?? []).map(({ step }) => step)];
  const recorded = stages.map(({ stage }, i) => ({
    name: stage,
    ...(begun[i] === undefined ? {} : { step: begun[i] }),
  }));
  await context.record({ stages: recorded });
}

const only = (tensors: StoredTensors, wanted: (name: string) => boolean): StoredTensors =>
  Object.fromEntries(Object.entries(tensors).filter(([name]) => wanted(name)));

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
  { layout, memory, engine }: Executor,
  { subject }: Fit,
  context: TrainContext,
): Promise<void> {
  if (memory !== undefined) context.report({ type: "warning", code: "memory-tight", message: memory });
  if (layout === undefined) return;
  context.report({ type: "compiled", ...subjectOf(subject), layout });
  await context.record({ [subject === "student" ? "layout" : `${subject}Layout`]: layout });
  if (engine === undefined || subject !== "student") return;
  const measured = `The student trains on ${engine}, which measuring found to be faster.`;
  await context.record({ engineReason: [context.engineReason, measured].filter(Boolean).join(" ") });
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
  /** Steps at the end of this stage. */
  readonly until: number;
  /** Steps at the end of the last one. */
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
  readonly stages: readonly Fit[];
  readonly index: number;
  readonly clock: StepClock;
  readonly from: Progress;
  readonly unused: StoredTensors;
  readonly isResumed: boolean;
}

async function train(config: Fit, context: TrainContext, loaded: Loaded): Promise<Ending<Fitted | Point>> {
  const { feeds, executor, until, stepsPerEpoch, stages, index } = loaded;
  const reporter = stepReporter(config, context, loaded);
  const checkpoints = checkpointing(config, context, loaded);
  const isAccumulated = accumulates(config);
  const pause = pauseOf(stages, context);
  const runs = stepRuns(config, { most: isAccumulated ? 1 : feeds.most, totalSteps: Math.min(until, pause) });
  const evaluateEvery = config.training.evaluateEvery ?? stepsPerEpoch;
  const isLastStage = index === stages.length - 1;
  const { lowering: form } = executor;
  let progress: Progress = { ...loaded.from, ...(form === undefined ? {} : { form }) };

  while (!progress.finished) {
    if (progress.step >= pause) return { ending: "stopped", step: progress.step, isAtRung: true };
    const { step, count, rows } = runs.after(progress.step);
    reporter.begin();
    const fed = await feeds.of({ step, count, rows });
    reporter.dataReady(feeds.waitedMs);
    const outputs = isAccumulated
      ? await accumulatedStep(executor, loaded.program, {
          fed,
          labels: Int32Array.from(rows, (row) => config.train.labels[row] as number),
          parts: partsOf(rows.length, config.batchSize),
        })
      : await executor.run(`train@${rows.length / count}`, fed, count);
    const bad = reporter.end({ step, count, samples: rows.length }, outputs);
    progress = { ...progress, step: bad?.step ?? step + count };
    if (bad !== undefined) {
      const hint = progress.step === 1 ? untrained : calmer(config);
      return notFinite(bad.what, progress, { config, checkpoints, hint });
    }
    runs.took(count, reporter.lastMs);

    const isLast = progress.step >= until;
    const isValidated = config.validation !== undefined && (progress.step % evaluateEvery === 0 || isLast);
    let metrics: Metrics | undefined;
    if (isValidated)
      ({ progress, metrics } = await validated(progress, config, context, { ...loaded, checkpoints }));
    const isOver = isLast || (isValidated && isOutOfPatience(progress, config));
    if (isOver) progress = over(progress, { config, isLastStage, loss: reporter.lastLoss, metrics });

    const isAtRung = progress.step >= pause;
    const isStopped = !progress.finished && (isAtRung || context.stopRequested());
    if (isOver || isStopped || checkpoints.isDue(progress.step)) {
      const isBorder = isOver && !isLastStage;
      const written = await checkpoints.write(
        progress,
        isBorder ? (state) => carriedOver(stages, index, state) : undefined,
      );
      if ("spoiled" in written)
        return notFinite(written.spoiled, progress, { config, checkpoints, hint: calmer(config) });
      if (isBorder && !isStopped)
        return { ending: "completed", result: { progress, tensors: written.tensors, isResumed: true } };
    }
    if (isStopped) return { ending: "stopped", step: progress.step, ...(isAtRung ? { isAtRung } : {}) };
    await reporter.letSignalsIn();
  }
  const result = await checkpoints.finish(progress);
  const ends = progress.ended?.map((end, i) => ({ name: stages[i]?.stage ?? "", ...end }));
  const { engine } = executor;
  return {
    ending: "completed",
    result: {
      ...result,
      ...(engine === undefined ? {} : { engine }),
      ...(ends === undefined ? {} : { stages: ends }),
    },
  };
}

/** Steps of the student's training at which it waits for the other runs of its sweep. */
function pauseOf(stages: readonly Fit[], { rung }: TrainContext): number {
  if (rung === undefined || stages[0]?.subject !== "student") return Number.POSITIVE_INFINITY;
  return rung * wholeBudget(stages).stepsPerEpoch;
}

/** The progress at the end of a stage: finished, or at the beginning of the next one. */
function over(
  progress: Progress,
  {
    config,
    isLastStage,
    loss,
    metrics,
  }: {
    readonly config: Fit;
    readonly isLastStage: boolean;
    readonly loss: number | null;
    readonly metrics: Metrics | undefined;
  },
): Progress {
  const { step, form } = progress;
  if (config.stage === undefined && isLastStage) return { ...progress, finished: true };
  const ended = [...(progress.ended ?? []), { step, loss, ...(metrics ? { metrics } : {}) }];
  if (isLastStage) return { ...progress, ended, finished: true };
  return { ...beginning(config), ...(form === undefined ? {} : { form }), step, ended };
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
): Promise<{ readonly progress: Progress; readonly metrics: Metrics }> {
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
    progress: {
      ...progress,
      ...(best ? { best: at } : {}),
      evaluationsSinceBest: standing === "better" ? 0 : progress.evaluationsSinceBest + 1,
    },
    metrics,
  };
}

const isOutOfPatience = ({ evaluationsSinceBest }: Progress, { training }: Fit): boolean =>
  training.earlyStopping !== undefined && evaluationsSinceBest >= training.earlyStopping.patience;

/** Hint for a loss that is not finite before any update. */
const untrained =
  "No weight has changed yet, so it is none of the optimizer's settings: check the data, and a layer of the teacher that the term compares. Behind their mask, scores of an attention are about −10³⁸ on padding.";

function notFinite(
  what: string,
  { step }: Progress,
  {
    config,
    checkpoints,
    hint,
  }: { readonly config: Fit; readonly checkpoints: Checkpointing; readonly hint: string },
) {
  const kept = checkpoints.isKept() ? " The last good checkpoint is kept." : "";
  return failed(
    "not-finite",
    `Step ${step}${ofSubject[config.subject]}${ofStage(config)}: ${what}.`,
    `${hint}${kept}`,
    step,
  );
}

const ofStage = ({ stage }: Fit): string => (stage === undefined ? "" : ` of the stage ${stage}`);

const ofSubject = {
  student: "",
  studentAlone: " of the student alone",
  teacher: " of the teacher's training",
} as const;
