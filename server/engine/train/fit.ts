import { setImmediate } from "node:timers/promises";
import { blendsLabels } from "../../data/augmentations/augmentations.ts";
import { epochRows } from "../../data/epochs.ts";
import { noLabel } from "../../data/labels.ts";
import { epochSize } from "../../epochSize.ts";
import { inGroup, isOfTeacher } from "../distill/names.ts";
import { type Distillation, distillationProgram, type TeacherInLoop } from "../distill/program.ts";
import { scheduleOf } from "../distill/schedules/schedules.ts";
import type { Executor, NamedData } from "../program.ts";
import { batchFeeds } from "./batchFeeds.ts";
import { type Best, type Ending, failed, type Progress, type TrainContext } from "./context.ts";
import { evaluate, evaluationBatch } from "./evaluation.ts";
import type { Feeds } from "./feeds.ts";
import { budget, type Fit, subjectOf } from "./fitConfig.ts";
import { type HeldData, heldData } from "./heldData.ts";
import { rowFeeds } from "./rowFeeds.ts";
import { compare } from "./selection.ts";
import { stepReporter } from "./stepReporter.ts";
import { pace, stepsToLook } from "./stretch.ts";
import type { TeacherInStep } from "./targets.ts";
import { memoryProblem } from "./trainable.ts";
import { dataOf, modelJsonOf, savedGroup, savedNames, stored } from "./trainedWeights.ts";

export interface Fitted {
  /** The best by validation; the last where there is no validation. */
  readonly weights: NamedData;
  readonly steps: number;
  readonly epochs: number;
  readonly best?: Best | undefined;
}

/**
 * Trains a network from its latest checkpoint, or from the start, to the end of its budget. The same fit on the same
 * engine and thread count gives the same bits, however often it was interrupted.
 */
export async function fit(it: Fit, context: TrainContext): Promise<Ending<Fitted>> {
  const { stepsPerEpoch, totalSteps } = budget(it);
  if (stepsPerEpoch === 0) {
    return failed(
      "batch-too-large",
      `${it.train.count} training samples do not fill one batch of ${it.batchSize}, and dropRemainder leaves short ones out.`,
      "Lower data.batchSize or set data.dropRemainder to false.",
    );
  }
  const tooLarge = memoryProblem(it.subject === "teacher" ? "teacher" : "student", it, context);
  if (tooLarge !== undefined)
    return failed(tooLarge.problem.code, tooLarge.problem.message, tooLarge.problem.hint);
  const store = context.store(it.subject);
  const data = heldData(it, context);
  const program = programOf(it, totalSteps, data);
  const checkpoint = ofCourse(it, await store.latestCheckpoint());
  const fresh = program.initialState(it.start ?? it.net.initial(it.seed), data?.inStep?.weights);
  const unfit = Object.entries(checkpoint?.tensors ?? {}).find(
    ([name, { data }]) => fresh[name] !== undefined && fresh[name].length !== data.length,
  );
  if (unfit !== undefined) {
    const [name, { data }] = unfit;
    return failed(
      "checkpoint-shape",
      `The checkpoint${ofSubject[it.subject]} holds ${data.length} values of ${name}; with the data of now it needs ${fresh[name]?.length}.`,
      "Restore the data that the run began with, or run the experiment again.",
    );
  }
  const initial = checkpoint ? { ...fresh, ...dataOf(checkpoint.tensors) } : fresh;
  const executor = await context.load(
    program,
    { ...initial, ...data?.initial },
    { threads: context.threads },
  );
  try {
    const { layout, memory } = executor;
    if (memory !== undefined) context.report({ type: "warning", code: "memory-tight", message: memory });
    if (layout !== undefined) {
      context.report({ type: "compiled", ...subjectOf(it.subject), layout });
      await context.record({ [it.subject === "student" ? "layout" : `${it.subject}Layout`]: layout });
    }
    return await train(it, context, {
      program,
      feeds: data === undefined ? batchFeeds(it, program) : rowFeeds(it, program, data.changes),
      executor,
      totalSteps,
      stepsPerEpoch,
      from: checkpoint?.progress,
    });
  } finally {
    await executor.dispose();
  }
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

async function train(
  it: Fit,
  context: TrainContext,
  { program, feeds, executor, totalSteps, stepsPerEpoch, from }: Loaded,
): Promise<Ending<Fitted>> {
  const { training, subject } = it;
  const store = context.store(subject);
  const metric = training.earlyStopping?.metric ?? "accuracy";
  const evaluateEvery = training.evaluateEvery ?? stepsPerEpoch;
  const weightsOf = async () => inGroup(savedGroup(it), await executor.read(savedNames(it)));
  const reporter = stepReporter(it, context, { program, totalSteps, stepsPerEpoch });
  const looks = {
    totalSteps,
    stepsPerEpoch,
    endsShort: epochSize({ ...it, count: it.train.count }).short > 0,
    evaluateEvery: it.validation && evaluateEvery,
    checkpointEvery: training.checkpointEvery,
  };
  const calls = pace();

  let progress: Progress = from ?? {
    step: 0,
    evaluationsSinceBest: 0,
    finished: false,
    ...(it.course === undefined ? {} : { course: it.course }),
  };
  let bestWeights: NamedData | undefined; // of this process; an earlier process left its own in the store
  let bestIsStored = true;
  let checkpointed = performance.now();
  let isKept = from !== undefined;
  let order: { epoch: number; rows: Int32Array } | undefined;

  const storeWeights = async (kind: "best" | "final", weights: NamedData) =>
    store.writeWeights(kind, stored(weights, it.net), modelJsonOf(it, weights));
  /** What is not finite in the state, in which case nothing is written: the last good checkpoint stays. */
  const saveCheckpoint = async (): Promise<string | undefined> => {
    const learned = Object.entries(program.state).filter(([name]) => !isOfTeacher(name));
    const state = await executor.read(learned.map(([name]) => name));
    const bad = Object.keys(state).find((name) => !state[name]?.every(Number.isFinite));
    if (bad !== undefined) return `${bad} holds values that are not finite`;
    if (bestWeights !== undefined && !bestIsStored) await storeWeights("best", bestWeights);
    bestIsStored = true;
    const tensors = Object.fromEntries(
      learned.map(([name, spec]) => [name, { ...spec, data: state[name] as Float32Array }]),
    );
    const path = await store.writeCheckpoint({ tensors, progress, keep: training.keepCheckpoints });
    context.report({ type: "checkpoint", ...subjectOf(subject), step: progress.step, path });
    checkpointed = performance.now();
    isKept = true;
    return undefined;
  };
  const notFinite = (what: string) =>
    failed(
      "not-finite",
      `Step ${progress.step}${ofSubject[subject]}: ${what}.`,
      `${wayOut(it)}${isKept ? " The last good checkpoint is kept." : ""}`,
      progress.step,
    );

  while (!progress.finished) {
    const step = progress.step; // steps done, the number of the next one counted from 0
    const epoch = Math.floor(step / stepsPerEpoch);
    if (order?.epoch !== epoch) {
      order = { epoch, rows: epochRows({ ...it, count: it.train.count }, { ...it, epoch }) };
    }
    const count = calls.steps(Math.min(feeds.most, stepsToLook(step, looks)));
    const start = (step % stepsPerEpoch) * it.batchSize;
    const rows = order.rows.subarray(start, start + count * it.batchSize);

    reporter.begin();
    const fed = await feeds.of({ step, count, rows });
    reporter.dataReady();
    const outputs = await executor.run(`train@${rows.length / count}`, fed, count);
    const bad = reporter.end({ step, count, samples: rows.length }, outputs);
    const done = bad?.step ?? step + count;
    progress = { ...progress, step: done };
    if (bad !== undefined) return notFinite(bad.what);
    calls.took(count, reporter.lastMs);

    let over = done >= totalSteps;
    if (it.validation !== undefined && (done % evaluateEvery === 0 || over)) {
      const { metrics } = await evaluate(executor, it.validation, {
        classes: it.net.outputShape.at(-1) as number,
        batch: evaluationBatch(it.batchSize),
      });
      const standing = compare(metric, metrics, progress.best?.metrics);
      const best = standing !== "not";
      if (best) {
        bestWeights = await weightsOf();
        bestIsStored = false;
      }
      progress = {
        ...progress,
        ...(best ? { best: { step: done, epoch: done / stepsPerEpoch, metrics } } : {}),
        evaluationsSinceBest: standing === "better" ? 0 : progress.evaluationsSinceBest + 1,
      };
      context.report({
        type: "evaluation",
        ...subjectOf(subject),
        split: "validation",
        step: done,
        epoch: done / stepsPerEpoch,
        metrics,
        best,
      });
      const patience = training.earlyStopping?.patience;
      if (patience !== undefined && progress.evaluationsSinceBest >= patience) over = true;
    }
    if (over) progress = { ...progress, finished: true };
    const stopped = !over && context.stopRequested();
    if (over || stopped || checkpointDue(training.checkpointEvery, done, stepsPerEpoch, checkpointed)) {
      const spoiled = await saveCheckpoint();
      if (spoiled !== undefined) return notFinite(spoiled);
    }
    if (stopped) return { ending: "stopped", step: done };
    if (performance.now() - reporter.lastYield > yieldEvery) {
      await setImmediate(); // lets signals in where an executor never leaves the thread
      reporter.lastYield = performance.now();
    }
  }

  const final = await weightsOf();
  await storeWeights("final", final);
  const { best, step: steps } = progress;
  const chosen =
    best === undefined ? final : (bestWeights ?? dataOf(await present(store.readWeights("best"))));
  if (best === undefined) await storeWeights("best", final);
  return {
    ending: "completed",
    result: { weights: chosen, steps, epochs: steps / stepsPerEpoch, ...(best ? { best } : {}) },
  };
}

/** What to try when numbers go beyond all bounds, with what the fit has now. */
function wayOut({ optimizer: { learningRate }, training: { clipNorm } }: Fit): string {
  const clip =
    clipNorm === undefined
      ? "limit the gradients with training.clipNorm: 1"
      : `lower training.clipNorm (${clipNorm})`;
  return `Lower optimizer.learningRate from ${learningRate} to ${Number((learningRate / 10).toPrecision(3))}, or ${clip}; if that does not help, look at the data.`;
}

const ofSubject = {
  student: "",
  studentAlone: " of the student alone",
  teacher: " of the teacher's training",
} as const;

/** Milliseconds between two looks at the event loop. */
const yieldEvery = 50;

/** Unasked, a checkpoint is written when an epoch ends, but not more often than every two seconds: it costs a few disk syncs. */
function checkpointDue(
  every: number | undefined,
  done: number,
  stepsPerEpoch: number,
  last: number,
): boolean {
  if (every !== undefined) return done % every === 0;
  return done % stepsPerEpoch === 0 && performance.now() - last >= 2000;
}

function programOf(it: Fit, totalSteps: number, data: HeldData | undefined): Distillation {
  const { steps, short } = epochSize({ ...it, count: it.train.count });
  const full = steps > 1 || short === 0 ? [it.batchSize] : [];
  return distillationProgram({
    student: it.net,
    losses: it.losses,
    sharedWeights: it.sharedWeights,
    optimizer: it.optimizer,
    schedule: scheduleOf(it.schedule, { optimizer: it.optimizer, totalSteps }),
    clipNorm: it.training.clipNorm,
    ema: it.training.ema,
    precision: it.training.precision,
    teacher: it.targets && teacherOf(data?.inStep),
    teacherFeatures: it.targets?.features,
    samples: it.train.count,
    seed: it.seed,
    labels: labelForm(it),
    held: data?.held,
    batchSizes: short === 0 ? full : [...full, short],
    evaluationBatchSizes: [evaluationBatch(it.batchSize)],
  });
}

const labelForm = ({ augment, train: { labels } }: Pick<Fit, "augment" | "train">) => {
  if (blendsLabels(augment)) return "weights";
  return labels.includes(noLabel) ? "some" : "classes";
};

const teacherOf = (inStep: TeacherInStep | undefined): TeacherInLoop =>
  inStep === undefined
    ? "fed"
    : { net: inStep.net, input: inStep.normalize ? "own" : "shared", outputs: inStep.outputs };

async function present<T>(value: Promise<T | undefined>): Promise<T> {
  const found = await value;
  if (found === undefined) throw new Error("The best weights of this run are gone from its folder.");
  return found;
}
