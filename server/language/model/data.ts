import type { Node } from "jsonc-parser";
import type { FileFacts, FileKind } from "../facts.ts";
import type { FileModel, Model } from "./model.ts";
import { countOf, countsOf, items, member, numberOf, textOf } from "./values.ts";

export interface DataModel {
  readonly train: SourceModel | undefined;
  /** A source of its own; a share of the training samples is `split`. */
  readonly validation: SourceModel | undefined;
  readonly split: number | undefined;
  readonly test: SourceModel | undefined;
  readonly augment: readonly Node[];
  readonly batchSize: number;
  readonly dropRemainder: boolean;
  /** Samples that are trained on: what `split` leaves. */
  readonly trainCount: number | undefined;
}

export interface SourceModel {
  readonly node: Node;
  readonly type: string | undefined;
  readonly files: readonly FileModel[];
  /** Samples that are used: `take` of those in the file. */
  readonly count: number | undefined;
  /** Shape of a sample, channels last: as `shape` has it, else as the file has it. */
  readonly shape: readonly number[] | undefined;
  /** Shape of a sample in the file. */
  readonly fileShape: readonly number[] | undefined;
  readonly classes: number | undefined;
  /** Names of the columns of a table. */
  readonly featureNames: readonly string[] | undefined;
}

export const defaultBatchSize = 128;

export function dataModel(at: Model["at"], files: readonly FileModel[]): DataModel {
  const validation = at("data", "validation");
  const share = numberOf(member(validation, "split"));
  const split = share !== undefined && share > 0 && share < 1 ? share : undefined;
  const train = sourceModel(at("data", "train"), files);
  return {
    train,
    validation: member(validation, "type") ? sourceModel(validation, files) : undefined,
    split,
    test: sourceModel(at("data", "test"), files),
    augment: items(at("data", "augment")),
    batchSize: countOf(at("data", "batchSize")) ?? defaultBatchSize,
    dropRemainder: at("data", "dropRemainder")?.value === true,
    trainCount: train?.count === undefined ? undefined : train.count - Math.round(train.count * (split ?? 0)),
  };
}

export function sourceModel(node: Node | undefined, files: readonly FileModel[]): SourceModel | undefined {
  if (node?.type !== "object") return undefined;
  const own = files.filter(({ reference }) => reference.node.parent?.parent === node);
  const facts = (...kinds: FileKind[]): FileFacts =>
    own.find(({ reference }) => kinds.includes(reference.kind))?.knowledge?.facts ?? {};
  const samples = facts("idx-images", "npy-features", "csv", "npz");
  const labels = facts("idx-labels", "npy-labels", "csv", "npz");
  const count = samples.count ?? labels.count;
  const take = countOf(member(node, "take"));
  return {
    node,
    type: textOf(member(node, "type")),
    files: own,
    count: count === undefined ? undefined : Math.min(count, take ?? count),
    shape: countsOf(member(node, "shape")) ?? samples.shape,
    fileShape: samples.shape,
    classes: labels.classes,
    featureNames: samples.featureNames,
  };
}
