import { createHash } from "node:crypto";
import type { ImageSize } from "../../data/images/resize.ts";
import { isProblem } from "../../data/problem.ts";
import { hashValues, type Samples } from "../../data/samples.ts";
import type { Problem } from "../../problem.ts";
import { asProblem } from "./prepare.ts";
import type { Teacher } from "./teacher.ts";

/** Samples as a teacher sees them, by the same numbers. */
export type SeenSamples = Pick<Samples, "shape" | "values" | "count">;

/**
 * The samples themselves; for a teacher with an image size of its own, the images of their files at that size. Where there are no
 * such files it resizes the samples that it is fed.
 */
export async function seenBy(
  { ownShape }: Pick<Teacher, "ownShape">,
  samples: Samples,
): Promise<SeenSamples | { readonly problem: Problem }> {
  if (ownShape === undefined || samples.atSize === undefined) return samples;
  const values = await samples.atSize.ask(ownShape.slice(0, 2) as unknown as ImageSize);
  if (isProblem(values)) return asProblem(values);
  return { count: samples.count, shape: ownShape, values };
}

/** Tells what a teacher sees from all else. */
export function hashOfSeen(seen: SeenSamples, { contentHash, values }: Samples): string {
  if (seen.values === values) return contentHash;
  const hash = createHash("sha256").update(contentHash);
  hashValues(hash, seen.values);
  return hash.digest("hex");
}
