import type { ResolvedNormalize } from "./normalize.ts";
import { toNormalizer } from "./normalizer.ts";
import type { Samples } from "./samples.ts";
import { blocksOf } from "./sampleValues.ts";

/** One sample after the other, normalised. The next one overwrites the last. */
export function* normalizedSamples(
  { values, shape }: Pick<Samples, "values" | "shape">,
  normalize: ResolvedNormalize,
): Generator<Float32Array> {
  const { size } = values;
  const sample = new Float32Array(size);
  const normalizer = toNormalizer(normalize, shape.at(-1) ?? 1);
  for (const block of blocksOf(values))
    for (let start = 0; start < block.length; start += size) {
      normalizer.stretch(block, start, size, sample, 0);
      yield sample;
    }
}
