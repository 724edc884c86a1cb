import type { ResolvedNormalize } from "../../data/normalize.ts";
import { normalizedSamples } from "../../data/normalizedSamples.ts";
import type { Samples } from "../../data/samples.ts";
import { type Problem, problem } from "../../problem.ts";
import type { Net } from "../nets/net.ts";

/**
 * Checks the indices of an embedding at the beginning of a net. Engines differ on an index without a row: some fail, some count
 * from the end, some give zeros.
 */
export function embeddedData(
  whose: string,
  net: Net,
  { splits, normalize }: { readonly splits: readonly Samples[]; readonly normalize: ResolvedNormalize },
): { readonly problem: Problem } | undefined {
  for (const { name, rows } of net.lookUps) {
    for (const samples of splits) {
      const bad = outside(samples, normalize, rows);
      if (bad !== undefined)
        return problem(
          "embedding-range",
          `${whose}: the layer ${name} takes integers from 0 to ${rows - 1}; the data has ${bad}.`,
          "Raise its inputDim, or check the data and data.normalize.",
        );
    }
  }
  return undefined;
}

/** The first number that has no row after truncation. */
function outside(samples: Samples, normalize: ResolvedNormalize, rows: number): number | undefined {
  for (const sample of normalizedSamples(samples, normalize)) {
    const bad = sample.find((value) => !(value > -1 && value < rows));
    if (bad !== undefined) return bad;
  }
  return undefined;
}
