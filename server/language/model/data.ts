import type { Node } from "jsonc-parser";
import { defaults } from "../../../schemas/defaults.ts";
import { type HeldBack, heldBackSplits, type Shares } from "../../heldBack.ts";
import type { TaskName } from "../../tasks/tasks.ts";
import { type FileFacts, type FileKind, samplesKinds } from "../facts.ts";
import type { FileModel } from "./file.ts";
import { countOf, countsOf, items, member, numberOf, textOf, type ValueAt } from "./values.ts";

export interface DataModel {
  readonly train: SourceModel | undefined;
  /** Sources of their own; undefined where they are shares of the training samples. */
  readonly validation: SourceModel | undefined;
  readonly test: SourceModel | undefined;
  /** Of the training samples with a label, those that are held back. */
  readonly shares: Shares;
  readonly augment: readonly Node[];
  readonly batchSize: number;
  readonly dropRemainder: boolean;
  /** Batches of a step. */
  readonly accumulate: number;
  /** Where samples are, if the experiment says. */
  readonly storage: string | undefined;
  readonly unlabelled: SourceModel | undefined;
  /** Number that `classes` gives, which then holds for `train` too. */
  readonly givenClasses: number | undefined;
  /** Number of classes in the labels of `train`. */
  readonly fileClasses: number | undefined;
  /** Samples of `train` with a label, of which `shares` are taken. */
  readonly labelledCount: number | undefined;
  /** Training samples: those that `shares` leave, and those without labels. */
  readonly trainCount: number | undefined;
  /** Those of them without labels. */
  readonly unlabelledCount: number | undefined;
}

export interface SourceModel {
  readonly node: Node;
  readonly type: string | undefined;
  readonly files: readonly FileModel[];
  /** Used samples: `take` of those in the file after `skip`. */
  readonly count: number | undefined;
  /** Samples of its file. */
  readonly fileCount: number | undefined;
  /** Shape of a sample, channels last: from `shape`, else from the file. */
  readonly shape: readonly number[] | undefined;
  /** Shape of a sample in the file. */
  readonly fileShape: readonly number[] | undefined;
  /** The file has the channels of a sample first. */
  readonly isChannelsFirst: boolean;
  readonly classes: number | undefined;
  /** What its labels are for, by their looks; undefined: classes, or not known. */
  readonly task: TaskName | undefined;
  /** Number of used samples without a label, as far as the file tells. */
  readonly unlabelled: number | undefined;
  /** Index of the first of them. */
  readonly firstUnlabelled: number | undefined;
  /** Names of the columns of a table. */
  readonly featureNames: readonly string[] | undefined;
  /** Those of which each is one number of a sample, as far as the file tells. */
  readonly numberNames: readonly string[] | undefined;
}

/** @param read shape of a sample, where samples were read: of a table its columns decide, and what they hold */
export function dataModel(
  at: ValueAt,
  files: readonly FileModel[],
  read?: readonly number[] | undefined,
): DataModel {
  const shares = {
    ...shareOf("validation", at("data", "validation")),
    ...shareOf("test", at("data", "test")),
  };
  const labelled = sourceModel(at("data", "train"), files);
  const givenClasses = classesOf(at("data", "classes"));
  const train = labelled && {
    ...labelled,
    classes: classesWithout(givenClasses ?? labelled.classes, items(at("data", "exclude")).length),
    shape: labelled.shape ?? read,
  };
  const unlabelled = sourceModel(at("data", "unlabelled"), files);
  const labelledCount = train?.count === undefined ? undefined : train.count - (train.unlabelled ?? 0);
  const unlabelledCount = sumOf(train?.unlabelled ?? 0, at("data", "unlabelled") ? unlabelled?.count : 0);
  return {
    train,
    validation: ownSource(at("data", "validation"), files),
    test: ownSource(at("data", "test"), files),
    shares,
    augment: items(at("data", "augment")),
    batchSize: countOf(at("data", "batchSize")) ?? defaults.batchSize,
    dropRemainder: at("data", "dropRemainder")?.value === true,
    accumulate: countOf(at("training", "accumulate")) ?? 1,
    storage: textOf(at("data", "storage")),
    unlabelled,
    givenClasses,
    fileClasses: labelled?.classes,
    labelledCount,
    trainCount: sumOf(
      labelledCount &&
        heldBackSplits.reduce(
          (left, of) => left - Math.round(labelledCount * (shares[of] ?? 0)),
          labelledCount,
        ),
      unlabelledCount,
    ),
    unlabelledCount,
  };
}

const classesWithout = (classes: number | undefined, excluded: number): number | undefined =>
  classes === undefined ? undefined : Math.max(0, classes - excluded);

/** Number of classes that `classes` gives, as a number or as names. */
const classesOf = (given: Node | undefined): number | undefined =>
  given?.type === "array" ? given.children?.length : countOf(given);

/** The share of the training samples that a split holds back, where it is one. */
function shareOf(of: HeldBack, given: Node | undefined): Shares {
  const share = member(given, "type") ? undefined : numberOf(member(given, "split"));
  return share !== undefined && share > 0 && share < 1 ? { [of]: share } : {};
}

/** A split's own source, where it is no share of another. */
const ownSource = (node: Node | undefined, files: readonly FileModel[]): SourceModel | undefined =>
  member(node, "type") ? sourceModel(node, files) : undefined;

const sumOf = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a + b;

export function sourceModel(node: Node | undefined, files: readonly FileModel[]): SourceModel | undefined {
  if (node?.type !== "object") return undefined;
  const own = files.filter(({ reference }) => reference.node.parent?.parent === node);
  const facts = (...kinds: FileKind[]): FileFacts => {
    const [kind] = kinds.filter((kind) => own.some(({ reference }) => reference.kind === kind));
    return own.find(({ reference }) => reference.kind === kind)?.knowledge?.facts ?? {};
  };
  const samples = facts(...samplesKinds);
  const labels = facts("idx-labels", "npy-labels", "text-labels", ...samplesKinds);
  const count = samples.count ?? labels.count;
  const take = countOf(member(node, "take"));
  const skip = countOf(member(node, "skip")) ?? 0;
  const isChannelsFirst = textOf(member(node, "layout")) === "channelsFirst";
  const isWhole = take === undefined && skip === 0;
  return {
    node,
    type: textOf(member(node, "type")),
    files: own,
    fileCount: count,
    count: count === undefined ? undefined : Math.min(Math.max(0, count - skip), take ?? count),
    shape:
      countsOf(member(node, "shape")) ??
      tokensShape(node) ??
      (isChannelsFirst ? channelsMovedLast(samples.shape) : samples.shape),
    fileShape: samples.shape,
    isChannelsFirst,
    classes: labels.classes,
    task: labels.task,
    unlabelled: isWhole ? labels.unlabelled : undefined,
    firstUnlabelled: isWhole ? labels.firstUnlabelled : undefined,
    featureNames: samples.featureNames,
    numberNames:
      samples.featureNames ??
      samples.columnFacts?.filter(({ as }) => as === "number" || as === "boolean").map(({ name }) => name),
  };
}

/** Of a text, the numbers of its tokens. */
function tokensShape(node: Node): readonly number[] | undefined {
  const length = textOf(member(node, "type")) === "text" ? countOf(member(node, "maxLength")) : undefined;
  return length === undefined ? undefined : [length];
}

/** [channels, …] → […, channels] */
export function channelsMovedLast(shape: readonly number[] | undefined): readonly number[] | undefined {
  const [channels, ...places] = shape ?? [];
  return channels === undefined ? undefined : [...places, channels];
}
