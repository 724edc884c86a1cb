import type { Attributes, Node, Value } from "../graph.ts";

/**
 * What a value becomes where a batch is computed in parts: the same in each, the part's own rows of it (an axis of as
 * many as there are samples or a multiple, in the order of the samples), or something that adds up to it over the parts.
 */
export type Share =
  | { readonly kind: "same" }
  | { readonly kind: "rows"; readonly axis: number }
  | { readonly kind: "sum" };

export const same: Share = { kind: "same" };
export const sum: Share = { kind: "sum" };
export const rows = (axis: number): Share => ({ kind: "rows", axis });

/** A node in a part. */
export interface InPart {
  /** Of its outputs. */
  readonly share: Share;
  /** In the place of the node's own, which name sizes of the whole batch. */
  readonly attrs?: Attributes;
  /** What is divided by the number of parts: the mean of a part counts by its share. */
  readonly isMean?: boolean;
}

export interface Batch {
  readonly samples: number;
  readonly parts: number;
  readonly shareOf: (value: Value) => Share;
}

/** What a kernel does with a batch in parts; undefined where a part needs samples of another one. */
export type ShareRule = (node: Node, batch: Batch) => InPart | undefined;

export const isRows = (share: Share): share is Extract<Share, { kind: "rows" }> => share.kind === "rows";
export const isSame = ({ kind }: Share): boolean => kind === "same";
export const isSum = ({ kind }: Share): boolean => kind === "sum";

/** A shape of the whole batch as that of a part. */
export const shapeInPart = (shape: readonly number[], share: Share, { parts }: Pick<Batch, "parts">) =>
  isRows(share) ? shape.with(share.axis, (shape[share.axis] as number) / parts) : shape;
