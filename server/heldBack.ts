import type { Split } from "../schemas/experiment.gen.ts";

/** The splits that may be a share of the training samples. */
export const heldBackSplits = ["validation", "test"] as const;
export type HeldBack = (typeof heldBackSplits)[number];

/** Of all samples, from 0 to 1; together less than 1. */
export type Shares = Readonly<Partial<Record<HeldBack, number>>>;

/** Samples of which a share is asked, and the part that gets none; undefined where each gets some. */
export function emptyPart(
  shares: Shares,
  count: number,
): { readonly of: HeldBack; readonly part: HeldBack | "training" } | undefined {
  let left = count;
  for (const of of heldBackSplits) {
    const size = Math.round(count * (shares[of] ?? 0));
    if (shares[of] !== undefined && size === 0) return { of, part: of };
    left -= size;
    if (left <= 0) return { of, part: "training" };
  }
  return undefined;
}

/** Whether a split of an experiment is a share of the training samples, and no source of its own. */
export const isShare = (given: object | undefined): given is Split => given !== undefined && "split" in given;
