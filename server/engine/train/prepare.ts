import { resolve } from "node:path";
import type { Source } from "../../../schemas/experiment.gen.ts";
import type {
  ResolvedNormalize as NormalizeSpec,
  ResolvedData,
} from "../../../schemas/resolvedExperiment.gen.ts";
import { drawingOf } from "../../data/drawing.ts";
import { fitNormalize, type ResolvedNormalize, resolveNormalize } from "../../data/normalize.ts";
import { type DataProblem, formatProblem, isProblem as isDataProblem } from "../../data/problem.ts";
import { type Provenance, sourceRecord } from "../../data/provenance.ts";
import { joined, placed, type Remark, rowsByLabel, type Samples, select } from "../../data/samples.ts";
import type { LoadOptions } from "../../data/sources/options.ts";
import { loadSource, sourceFiles } from "../../data/sources/sources.ts";
import { stratifiedSplit } from "../../data/split.ts";
import { standardOf } from "../../data/standard.ts";
import type { FittedColumn } from "../../data/tables/fittedColumn.ts";
import { fittedSamples } from "../../data/tables/fittedSamples.ts";
import { counted, grouped } from "../../grouped.ts";
import { emptyPart, type HeldBack, heldBackSplits, isShare, type Shares } from "../../heldBack.ts";
import { type Problem, problem } from "../../problem.ts";
import { type TaskName, taskOf } from "../../tasks/tasks.ts";
import { largeTargets } from "./largeTargets.ts";

export interface PreparedData {
  /** The training samples that have labels. */
  readonly train: Samples;
  /** All training samples, those of `train` first; absent where each has a label. */
  readonly pool?: Samples;
  /** The rest of `pool`. */
  readonly unlabelled?: Samples;
  readonly validation?: Samples;
  readonly test?: Samples;
  /** The splits whose samples are split from `data.train`. */
  readonly heldBack: readonly HeldBack[];
  readonly normalize: ResolvedNormalize;
  /** Content of each source. */
  readonly records: NonNullable<Provenance["data"]>;
  /** Remarks on each split, for the person. */
  readonly remarks: readonly SplitRemark[];
}

export interface SplitRemark extends Remark {
  readonly of: "train" | "unlabelled" | "validation" | "test" | "teacher";
}

/** As one text, for a log. */
export const remarkOf = ({ code, message }: SplitRemark): Remark => ({ code, message });

/** Remarks on a split as it was read. */
export const remarksOf = (of: SplitRemark["of"], split: Samples | undefined): SplitRemark[] =>
  (split?.remarks ?? []).map((remark) => ({ ...remark, of }));

export interface PrepareOptions {
  readonly baseDirectory: string;
  /** Chooses the samples of the validation split. */
  readonly seed: number;
  /** Where decoded images, and what does not fit into memory, are kept; absent: they are not. */
  readonly cacheDirectory?: string | undefined;
  /** Called with how many images of a source are decoded. */
  readonly onImage?: LoadOptions["onImage"];
  /** Called with how much of a source is read into the cache. */
  readonly onRead?: LoadOptions["onRead"];
  /** What a run learned of a table's columns, which then holds. */
  readonly columns?: readonly FittedColumn[] | undefined;
  /** Read in place of the test samples; those that are held back from training stay so. */
  readonly otherTest?: Source | undefined;
  /** What the labels are for; absent: as they look. */
  readonly task?: TaskName | undefined;
  readonly textTime?: LoadOptions["textTime"];
}

/** Loads every source of an experiment, splits and normalises; or gives the first problem. */
export async function prepareData(
  data: ResolvedData,
  options: PrepareOptions,
): Promise<PreparedData | { readonly problem: Problem }> {
  const read = await readTraining(data, options);
  if ("problem" in read) return read;
  const { source, labelled, heldBack } = read;
  const other = otherSource(data, { ...options, like: labelled });
  const validation = heldBack.validation ?? (await other("validation"));
  if (validation && "problem" in validation) return validation;
  const train = data.standardizeTargets ? standardized(read.train) : read.train;
  const test = options.otherTest === undefined && heldBack.test ? heldBack.test : await other("test");
  if (test && "problem" in test) return test;
  const normalize = normalizeOf(data.normalize, train);
  if (isDataProblem(normalize)) return asProblem(normalize);
  const unlabelled = await other("unlabelled");
  if (unlabelled && "problem" in unlabelled) return unlabelled;
  const own = {
    validation: heldBack.validation ? undefined : validation,
    test: test === heldBack.test ? undefined : test,
  };
  return {
    ...together(
      train,
      [read.unlabelled, unlabelled].filter((samples) => samples !== undefined),
    ),
    normalize,
    records: {
      train: sourceRecord(source, train),
      ...(unlabelled ? { unlabelled: sourceRecord(unlabelled) } : {}),
      ...(own.validation ? { validation: sourceRecord(own.validation) } : {}),
      ...(own.test ? { test: sourceRecord(own.test) } : {}),
    },
    remarks: [
      ...remarksOf("train", source),
      ...absentClasses(source, data.train),
      ...largeTargets(train).map((remark): SplitRemark => ({ ...remark, of: "train" })),
      ...remarksOf("unlabelled", unlabelled),
      ...remarksOf("validation", own.validation),
      ...remarksOf("test", own.test),
    ],
    ...(validation ? { validation } : {}),
    ...(test ? { test } : {}),
    heldBack: heldBackSplits.filter((split) => heldBack[split]),
  };
}

interface ReadTraining {
  /** All samples of `data.train`, and those of them that have a label and that have none. */
  readonly source: Samples;
  readonly labelled: Samples;
  readonly unlabelled?: Samples;
  /** The labelled samples that are trained on, and those that are held back from them. */
  readonly train: Samples;
  readonly heldBack: Readonly<Partial<Record<HeldBack, Samples>>>;
}

/** Reads `data.train` and splits its labelled samples. What is learned of columns, is learned from those that are trained on. */
async function readTraining(
  data: ResolvedData,
  options: PrepareOptions,
): Promise<ReadTraining | { readonly problem: Problem }> {
  const { baseDirectory, seed, task, columns, cacheDirectory } = options;
  const { exclude, storage } = data;
  const found = await loadSource(data.train, baseDirectory, {
    ...loadOptions(data, options),
    ...(exclude && { exclude }),
    task,
    labels: "some",
  });
  if (isDataProblem(found)) return asProblem(found);
  if (task !== undefined && task !== (found.task ?? "classification")) return otherTask(data.train, task);
  const read = withThreshold(found, data.threshold);
  const rows = rowsByLabel(read);
  const unfit = labelProblem(read, rows.labelled.length, data.train);
  if (unfit !== undefined) return unfit;
  const shares = sharesOf(data);
  const split = stratifiedSplit(
    rows.labelled.map((row) => read.labels[row] as number),
    shares,
    seed,
  );
  const empty = emptyPart(shares, rows.labelled.length);
  if (empty !== undefined) return emptySplit(rows.labelled.length, shares, empty);
  const fitted = await fittedSamples(read, {
    rows: split.train.map((row) => rows.labelled[row] as number),
    kept: columns,
    file: fileOf(data.train, baseDirectory),
    storage,
    cacheDirectory,
  });
  if (isDataProblem(fitted)) return asProblem(fitted);
  const source = placed(fitted, "train");
  const isWhole = rows.unlabelled.length === 0;
  const labelled = isWhole ? source : select(source, rows.labelled);
  return {
    source,
    labelled,
    ...(isWhole ? {} : { unlabelled: select(source, rows.unlabelled) }),
    train: Object.keys(shares).length === 0 ? labelled : select(labelled, split.train),
    heldBack: {
      ...(shares.validation !== undefined && { validation: select(labelled, split.validation) }),
      ...(shares.test !== undefined && { test: select(labelled, split.test) }),
    },
  };
}

/** Of the training samples, those that are held back. */
function sharesOf({ validation, test }: ResolvedData): Shares {
  return {
    ...(isShare(validation) && { validation: validation.split }),
    ...(isShare(test) && { test: test.split }),
  };
}

/** Reads another source of the experiment, whose samples are shaped like those of training. */
function otherSource(data: ResolvedData, { like, ...options }: PrepareOptions & { readonly like: Samples }) {
  return async (
    of: "validation" | "test" | "unlabelled",
  ): Promise<Samples | { readonly problem: Problem } | undefined> => {
    const source = (of === "test" ? options.otherTest : undefined) ?? data[of];
    if (source === undefined || isShare(source)) return undefined;
    const isUnlabelled = of === "unlabelled";
    const loaded = await loadSource(source, options.baseDirectory, {
      ...loadOptions(data, options),
      like,
      ...(isUnlabelled ? { labels: "none" } : {}),
    });
    if (isDataProblem(loaded)) return asProblem(loaded);
    return placed(isUnlabelled ? loaded : withThreshold(loaded, data.threshold), of);
  };
}

const loadOptions = (
  { classes, storage }: ResolvedData,
  { cacheDirectory, onImage, onRead, textTime }: PrepareOptions,
): LoadOptions => ({ classes, storage, cacheDirectory, onImage, onRead, textTime });

/** Why nothing can be learned from these labels. */
function labelProblem(read: Samples, labelled: number, source: Source) {
  if (labelled === 0)
    return problem("no-labels", "No training sample has a label.", "Give labels to some of each class.");
  if (read.task !== undefined || read.classes >= 2) return undefined;
  return problem(
    "one-class",
    "All training samples are of one class.",
    isFirstPart(source)
      ? `They are the first ones of the file, which is sorted by class. "balanced": true takes as many of each class.`
      : "At least two classes are needed.",
  );
}

const standardized = (train: Samples): Samples =>
  train.task === "regression" && train.targets
    ? { ...train, standard: standardOf({ ...train, targets: train.targets }) }
    : train;

const fileOf = (source: Source, baseDirectory: string): string =>
  resolve(baseDirectory, sourceFiles(source)[0]?.[1] ?? "");
const withThreshold = (samples: Samples, threshold: ResolvedData["threshold"]): Samples =>
  threshold === undefined ? samples : { ...samples, threshold };

/** Some sources have classes and nothing else. */
const otherTask = ({ type }: Source, task: TaskName): { readonly problem: Problem } =>
  problem(
    "task-source",
    `The samples of "${type}" have ${taskOf("classification").labels}, and the task is ${task}.`,
    "Use npy, npz or csv.",
  );

/** It follows the order of the file. */
const isFirstPart = (source: Source): boolean =>
  "skip" in source || ("take" in source && drawingOf(source) === undefined);

/** Classes of which there is no training sample: of a file that is sorted by class, its first samples are of a few. */
function absentClasses({ task, labels, classes, classNames }: Samples, source: Source): SplitRemark[] {
  if (task !== undefined) return [];
  const present = new Set(labels);
  const absent = Array.from({ length: classes }, (_, label) => label).filter((label) => !present.has(label));
  if (absent.length === 0) return [];
  const names = absent.slice(0, 8).map((label) => classNames?.[label] ?? label);
  const shown = `${names.join(", ")}${absent.length > 8 ? ", …" : ""}`;
  const isPart = isFirstPart(source);
  if (!isPart && classNames === undefined) return []; // `odd-classes` reports numbers with gaps.
  const message = isPart
    ? `Of the ${grouped(classes)} classes, ${grouped(absent.length)} ${absent.length === 1 ? "is" : "are"} not among the samples that \`skip\` and \`take\` choose, the first ones in the order of the file: ${shown}. Of a file that is sorted by class, "balanced": true takes as many of each.`
    : `There is no training sample of ${absent.length === 1 ? "the class" : `${grouped(absent.length)} of the ${grouped(classes)} classes:`} ${shown}.`;
  return [{ of: "train", code: "absent-classes", message }];
}

/** The samples that a teacher is trained on: its own, or the student's; shaped like the student's. */
export async function teacherSamples(
  own: Source | undefined,
  {
    train,
    baseDirectory,
    ...use
  }: Pick<LoadOptions, "storage" | "cacheDirectory" | "textTime"> & {
    readonly train: Samples;
    readonly baseDirectory: string;
  },
): Promise<Samples | { readonly problem: Problem }> {
  if (own === undefined) return train;
  const samples = await loadSource(own, baseDirectory, { ...use, like: train });
  return isDataProblem(samples) ? asProblem(samples) : samples;
}

/** One pool of samples with labels and without, and its two parts, which share its memory. */
function together(
  labelled: Samples,
  others: readonly Samples[],
): Pick<PreparedData, "train" | "pool" | "unlabelled"> {
  if (others.length === 0) return { train: labelled };
  const pool = joined(labelled, ...others);
  const part = (from: number, to: number) =>
    select(
      pool,
      Int32Array.from({ length: to - from }, (_, i) => from + i),
    );
  return { pool, train: part(0, labelled.count), unlabelled: part(labelled.count, pool.count) };
}

function emptySplit(
  count: number,
  shares: Shares,
  { of, part }: NonNullable<ReturnType<typeof emptyPart>>,
): { readonly problem: Problem } {
  return problem(
    "empty-split",
    `data.${of}.split ${shares[of]} of ${counted(count, "sample")} leaves none for ${part}.`,
    `Use a ${part === "training" ? "smaller" : "larger"} share, or more samples.`,
  );
}

function normalizeOf(spec: NormalizeSpec | "fit", train: Samples): ResolvedNormalize | DataProblem {
  if (spec !== "fit") return resolveNormalize(spec, train.shape.at(-1) ?? 1, "data.normalize");
  return fitNormalize(train);
}

export const asProblem = (found: DataProblem): { readonly problem: Problem } => ({
  problem: { code: found.code, message: formatProblem(found), file: found },
});
