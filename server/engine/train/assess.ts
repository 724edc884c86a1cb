import type { ResolvedData, ResolvedTeacher } from "../../../schemas/resolvedExperiment.gen.ts";
import { leaksOf, leakWarning } from "../../data/leaks.ts";
import type { ResolvedNormalize } from "../../data/normalize.ts";
import { changes, type Provenance } from "../../data/provenance.ts";
import { fillBatch, type Samples } from "../../data/samples.ts";
import type { FittedColumn } from "../../data/tables/fittedColumn.ts";
import type { LearnedFacts } from "../../fileHeaders.ts";
import { type Problem, problem } from "../../problem.ts";
import { sizeOf } from "../../sizeOf.ts";
import type { Measured } from "../../tasks/task.ts";
import type { TaskName } from "../../tasks/tasks.ts";
import type { LoadProgram } from "../program.ts";
import { classOrder } from "./classOrder.ts";
import {
  type Answered,
  accumulatorFor,
  evaluateTeacher,
  evaluationBatch,
  inBatches,
  Kept,
  labelsAt,
} from "./evaluation.ts";
import { membersReading } from "./membersReading.ts";
import { readNet } from "./nets.ts";
import { netTeacher } from "./netTeacher.ts";
import { type PreparedData, type PrepareOptions, prepareData } from "./prepare.ts";
import { seenBy } from "./seenBy.ts";
import type { OutputSource, OutputsOptions, Teacher } from "./teacher.ts";
import { teacherDoubts } from "./teacherDoubts.ts";
import { classMismatch } from "./teachers/classes.ts";
import { openModelTeacher } from "./teachers/onnx.ts";
import { openTeacher } from "./teachers/open.ts";
import type { TeacherContext } from "./teachers/teacherType.ts";

export interface AssessOptions {
  /** Absolute path of a model.json or of an ONNX file, or the teacher of an experiment. */
  readonly model: string | AssessedTeacher;
  /** The split to use; absent: the first of test, validation and train that exists. */
  readonly data: ResolvedData;
  /** Read in place of the test samples of `data`. */
  readonly otherTest?: PrepareOptions["otherTest"];
  /** What the model's run learned from and was measured on; absent: it is of no run, or that is not known. */
  readonly recorded?: Provenance["data"] | undefined;
  readonly split?: "train" | "validation" | "test" | undefined;
  readonly baseDirectory: string;
  /** Where decoded images are kept; absent: they are not. */
  readonly cacheDirectory?: string | undefined;
  readonly seed: number;
  readonly task?: TaskName | undefined;
  /** The preprocessing that the model was trained with; that of `data` when absent. */
  readonly normalize?: ResolvedNormalize | undefined;
  /** What the model's run learned of a table's columns. */
  readonly columns?: readonly FittedColumn[] | undefined;
  readonly load: LoadProgram;
  readonly threads: number;
  /** The same data, where they are read already. */
  readonly prepared?: PreparedData;
}

interface AssessedTeacher {
  readonly teacher: ResolvedTeacher;
  /** Gives the weights of one that the experiment describes. */
  readonly learn: TeacherContext["learn"];
  /** Finds the student of another experiment. */
  readonly studentOf: TeacherContext["studentOf"];
}

export interface Assessment extends Measured, Partial<Pick<Answered, "answers" | "confidence" | "outputs">> {
  readonly split: "train" | "validation" | "test";
  readonly samples: number;
  /** In the order of the confusion matrix, where data or model names them. */
  readonly classNames?: readonly string[];
  readonly parameters?: number;
  readonly learned?: LearnedFacts;
  /** How an undeclared teacher was read. */
  readonly reading?: string;
  readonly warnings: readonly Problem[];
}

/** That the files hold other samples than the model's run had. */
function changedSince(
  { recorded, otherTest }: Pick<AssessOptions, "recorded" | "otherTest">,
  { records, heldBack }: PreparedData,
  split: NonNullable<AssessOptions["split"]>,
): Problem[] {
  if (recorded === undefined) return [];
  const hasOwnTest = !otherTest && recorded["test"] !== undefined;
  const [before, now] = hasOwnTest ? [recorded, records] : [withoutTest(recorded), withoutTest(records)];
  const words = changes({ data: before }, { data: now }).map((change) => change.words);
  if (words.length === 0) return [];
  const isHeldBack = !otherTest && heldBack.some((one) => one === split);
  return [
    {
      code: "data-changed",
      message: `The files do not hold what the run learned from: ${words.join("; ")}.${isHeldBack ? ` Samples that are held back for ${split} now may be among those that it was trained on.` : ""}`,
    },
  ];
}

const withoutTest = ({ test: _, ...others }: NonNullable<Provenance["data"]>) => others;

/** Evaluates a trained model on a split of an experiment's data. */
export async function assess(options: AssessOptions): Promise<Assessment | { readonly problem: Problem }> {
  const prepared = options.prepared ?? (await prepareData(options.data, options));
  if ("problem" in prepared) return prepared;
  const split =
    options.split ?? (["test", "validation", "train"] as const).find((name) => prepared[name] !== undefined);
  const samples = split && prepared[split];
  if (split === undefined || samples === undefined) {
    return problem("no-split", `The data has no ${options.split} split.`, "Name another one with --split.");
  }
  const shared = options.normalize ?? prepared.normalize;
  const model = await openModel(options, { train: prepared.train, samples, shared });
  if ("problem" in model) return model;
  try {
    const unequal = classMismatch(model.classes, samples, { whose: "The model" });
    if (unequal !== undefined) return unequal;
    const disordered = classOrder("The model", model.classNames, samples);
    if (disordered !== undefined) return disordered;
    const measured = await measureAll(model, samples, shared);
    if ("problem" in measured) return measured;
    const compared = await membersReading(model, { split, samples }, asIs(shared));
    if (compared !== undefined && "problem" in compared) return compared;
    const reading = compared?.reading ?? model.reading;
    const doubts =
      typeof options.model === "string" ? [] : await teacherDoubts(model, prepared.train, shared);
    const { parameters, learned } = model;
    const changed = changedSince(options, prepared, split);
    // Files that a person names may have any samples.
    const leaks =
      options.otherTest === undefined ? [] : leaksOf({ ...prepared, test: samples, heldBack: [] });
    const seen = leaks.filter((leak) => leak.of === "test").map(leakWarning);
    const classNames = samples.classNames ?? model.classNames;
    return {
      split,
      samples: samples.count,
      ...(classNames === undefined ? {} : { classNames }),
      ...measured,
      ...(parameters === undefined ? {} : { parameters }),
      ...(learned === undefined ? {} : { learned }),
      ...(reading === undefined ? {} : { reading }),
      warnings: [...changed, ...seen, ...model.warnings, ...doubts],
    };
  } finally {
    await model.dispose();
  }
}

interface AssessedData {
  readonly train: Samples;
  /** Those that it is measured on. */
  readonly samples: Samples;
  /** Normalisation of the samples, unless the model has its own. */
  readonly shared: ResolvedNormalize;
}

async function openModel(
  { model, data, load, threads, baseDirectory, cacheDirectory }: AssessOptions,
  { train, samples, shared }: AssessedData,
): Promise<Teacher | { readonly problem: Problem }> {
  if (typeof model !== "string") {
    const opened = await openTeacher(
      model.teacher,
      { train, normalize: shared, batchSizes: [evaluationBatch()], storage: data.storage },
      { baseDirectory, cacheDirectory, load, threads, learn: model.learn, studentOf: model.studentOf },
    );
    if (opened.ending === "completed") return opened.result;
    if (opened.ending === "failed") return problem(opened.code, opened.message, opened.hint);
    throw new Error("opening a trained teacher cannot be stopped");
  }
  const path = model;
  if (path.endsWith(".onnx")) {
    const spec = { type: "onnx", path, layout: "auto", outputs: "auto" } as const;
    return openModelTeacher(spec, { path, sample: samples.shape, samples, threads, shared });
  }
  const read = await readNet(path, samples);
  if ("problem" in read) return read;
  const { normalize, classNames } = read.card;
  const opened = await netTeacher(read, read.weights, {
    load,
    threads,
    batchSizes: [evaluationBatch()],
    normalize,
    outputs: "logits",
    task: train.task,
  });
  return classNames === undefined ? opened : { ...opened, classNames };
}

/** Nothing is stored, and no stop is requested. */
const asIs = (normalize: ResolvedNormalize): OutputsOptions => ({
  normalize,
  batch: evaluationBatch(),
  report: () => {},
  onProgress: () => {},
  stopRequested: () => false,
});

/** Outputs of a teacher that is not fed by batch. */
async function measureSource(
  source: OutputSource,
  samples: Samples,
  normalize: ResolvedNormalize,
): Promise<Answered | { readonly problem: Problem }> {
  const outputs = await source.outputs(samples, asIs(normalize));
  if (outputs === undefined) throw new Error("Nobody asks an assessment to stop.");
  return "problem" in outputs ? outputs : evaluateTeacher(outputs, samples);
}

async function measureAll(
  model: Teacher,
  samples: Samples,
  shared: ResolvedNormalize,
): Promise<Answered | { readonly problem: Problem }> {
  if (model.outputSource !== undefined) return measureSource(model.outputSource, samples, shared);
  const normalize = model.normalize ?? shared;
  const metrics = accumulatorFor(samples, model.classes);
  const answers = new Kept(samples);
  const seen = await seenBy(model, samples);
  if ("problem" in seen) return seen;
  const size = sizeOf(seen.shape);
  const input = new Float32Array(evaluationBatch() * size);
  for (const rows of inBatches(samples.count)) {
    fillBatch(seen, rows, normalize, input);
    const logits = await model.logits(input.subarray(0, rows.length * size), rows.length, seen.shape);
    answers.add(metrics.add({ logits, ...labelsAt(samples, rows) }), logits, rows);
  }
  return { ...metrics.result(), ...answers.kept() };
}
