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
import { grouped } from "../../grouped.ts";
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
  /** The validation samples are split from `data.train`. */
  readonly isHeldBack?: boolean;
  readonly test?: Samples;
  readonly normalize: ResolvedNormalize;
  /** Content of each source. */
  readonly records: NonNullable<Provenance["data"]>;
  /** What is told of each split before it is used. */
  readonly remarks: readonly SplitRemark[];
}

export interface SplitRemark extends Remark {
  readonly of: "train" | "unlabelled" | "validation" | "test" | "teacher";
}

/** As it is told where there is no other place for it: in a log. */
export const remarkOf = ({ code, message }: SplitRemark): Remark => ({ code, message });

/** What there is to say of a split as it was read. */
export const remarksOf = (of: SplitRemark["of"], split: Samples | undefined): SplitRemark[] =>
  (split?.remarks ?? []).map((remark) => ({ ...remark, of }));

export interface PrepareOptions {
  readonly baseDirectory: string;
  /** Chooses the samples of the validation split. */
  readonly seed: number;
  /** Where decoded images, and what does not fit into memory, are kept; absent: they are not. */
  readonly cacheDirectory?: string | undefined;
  /** Hears how many images of a source are decoded. */
  readonly onImage?: LoadOptions["onImage"];
  /** Hears how much of a source is read into the cache. */
  readonly onRead?: LoadOptions["onRead"];
  /** What a run learned of a table's columns, which then holds. */
  readonly columns?: readonly FittedColumn[] | undefined;
  /** What the labels are for; absent: as they look. */
  readonly task?: TaskName | undefined;
  readonly textTime?: LoadOptions["textTime"];
}

/** Loads every source of an experiment, splits and normalises; or gives the first problem. */
export async function prepareData(
  data: ResolvedData,
  { baseDirectory, seed, task, columns, cacheDirectory, onImage, onRead, textTime }: PrepareOptions,
): Promise<PreparedData | { readonly problem: Problem }> {
  const { classes, exclude, storage, threshold } = data;
  const shared = { classes, storage, cacheDirectory, onImage, onRead, textTime };
  const found = await loadSource(data.train, baseDirectory, {
    ...shared,
    ...(exclude && { exclude }),
    task,
    labels: "some",
  });
  if (isDataProblem(found)) return asProblem(found);
  if (task !== undefined && task !== (found.task ?? "classification")) return otherTask(data.train, task);
  const read = withThreshold(found, threshold);
  const rows = rowsByLabel(read);
  if (rows.labelled.length === 0)
    return problem("no-labels", "No training sample has a label.", "Give labels to some of each class.");
  if (read.task === undefined && read.classes < 2) {
    return problem(
      "one-class",
      "All training samples are of one class.",
      isFirstPart(data.train)
        ? `They are the first ones of the file, which is sorted by class. "balanced": true takes as many of each class.`
        : "At least two classes are needed.",
    );
  }
  const isHeldBack = data.validation !== undefined && "split" in data.validation;
  const share = data.validation !== undefined && "split" in data.validation ? data.validation.split : 0;
  const split = stratifiedSplit(
    rows.labelled.map((row) => read.labels[row] as number),
    share,
    seed,
  );
  if (isHeldBack && (split.train.length === 0 || split.validation.length === 0))
    return emptySplit(rows.labelled.length, share, split.validation.length);
  const learnedFrom = split.train.map((row) => rows.labelled[row] as number);
  const fitted = await fittedSamples(read, {
    rows: learnedFrom,
    kept: columns,
    file: fileOf(data.train, baseDirectory),
    storage,
    cacheDirectory,
  });
  if (isDataProblem(fitted)) return asProblem(fitted);
  const given = placed(fitted, "train");
  const loaded = rows.unlabelled.length === 0 ? given : select(given, rows.labelled);
  const like = { ...shared, like: loaded };
  let train = loaded;
  let validation: Samples | undefined;
  if (data.validation !== undefined && "split" in data.validation) {
    [train, validation] = [select(loaded, split.train), select(loaded, split.validation)];
  } else if (data.validation !== undefined) {
    const loadedValidation = await loadSource(data.validation, baseDirectory, like);
    if (isDataProblem(loadedValidation)) return asProblem(loadedValidation);
    validation = placed(withThreshold(loadedValidation, threshold), "validation");
  }
  if (data.standardizeTargets && train.task === "regression" && train.targets)
    train = { ...train, standard: standardOf({ ...train, targets: train.targets }) };
  const measured = data.test && (await loadSource(data.test, baseDirectory, like));
  if (measured !== undefined && isDataProblem(measured)) return asProblem(measured);
  const test = measured && placed(withThreshold(measured, threshold), "test");
  const normalize = normalizeOf(data.normalize, train);
  if (isDataProblem(normalize)) return asProblem(normalize);
  const more = rows.unlabelled.length === 0 ? [] : [select(given, rows.unlabelled)];
  const unlabelled =
    data.unlabelled && (await loadSource(data.unlabelled, baseDirectory, { ...like, labels: "none" }));
  if (unlabelled !== undefined && isDataProblem(unlabelled)) return asProblem(unlabelled);
  if (unlabelled !== undefined) more.push(placed(unlabelled, "unlabelled"));
  const records = {
    train: sourceRecord(given, train),
    ...(unlabelled ? { unlabelled: sourceRecord(unlabelled) } : {}),
    // A validation split comes from the same source.
    ...(validation && !isHeldBack ? { validation: sourceRecord(validation) } : {}),
    ...(test ? { test: sourceRecord(test) } : {}),
  };
  return {
    ...together(train, more),
    normalize,
    records,
    remarks: [
      ...remarksOf("train", given),
      ...absentClasses(given, data.train),
      ...largeTargets(train).map((remark): SplitRemark => ({ ...remark, of: "train" })),
      ...remarksOf("unlabelled", unlabelled),
      ...(isHeldBack ? [] : remarksOf("validation", validation)),
      ...remarksOf("test", test),
    ],
    ...(validation ? { validation } : {}),
    ...(isHeldBack ? { isHeldBack } : {}),
    ...(test ? { test } : {}),
  };
}

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
  if (!isPart && classNames === undefined) return []; // Numbers with gaps are told by `odd-classes`.
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

function emptySplit(count: number, split: number, validationCount: number): { readonly problem: Problem } {
  const [side, size] = validationCount === 0 ? ["validation", "larger"] : ["training", "smaller"];
  return problem(
    "empty-split",
    `data.validation.split ${split} of ${count} sample${count === 1 ? "" : "s"} leaves none for ${side}.`,
    `Use a ${size} share, or more samples.`,
  );
}

function normalizeOf(spec: NormalizeSpec | "fit", train: Samples): ResolvedNormalize | DataProblem {
  if (spec !== "fit") return resolveNormalize(spec, train.shape.at(-1) ?? 1, "data.normalize");
  return fitNormalize(train);
}

export const asProblem = (found: DataProblem): { readonly problem: Problem } => ({
  problem: { code: found.code, message: formatProblem(found), file: found },
});
