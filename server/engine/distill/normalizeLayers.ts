import { exactParts } from "../../data/exactParts.ts";
import { isIdentity, type ResolvedNormalize } from "../../data/normalize.ts";
import { inputName, type LayerSpec } from "../../nets/shapes.ts";

export interface RawValues {
  /** Length of the last axis of a sample. */
  readonly channels: number;
  readonly dtype: "uint8" | "float32";
}

/**
 * `data/normalize.ts` as layers that every runtime of tf.layers and of ONNX has, so that a model can take raw values, as
 * float32. That file computes in float64 and rounds once; these layers are float32. Bytes still come out bit for bit, see
 * {@link exactParts}. Other values lose at most the last two bits: the mean is subtracted in two parts before the product, so
 * that a channel far from zero keeps its digits.
 */
export function normalizeLayers(
  normalize: ResolvedNormalize,
  { channels, dtype }: RawValues,
): readonly LayerSpec[] {
  if (isIdentity(normalize)) return [];
  const exact = dtype === "uint8" ? exactParts(normalize, channels) : undefined;
  if (exact !== undefined) {
    const part = (name: string, k: 0 | 1) => ({
      ...rescaling(
        name,
        exact.map(({ factor }) => factor[k]),
        exact.map(({ offset }) => offset[k]),
      ),
      inputs: [inputName],
    });
    return [
      part("normalize_coarse", 0),
      part("normalize_fine", 1),
      { type: "add", name: "normalize", inputs: ["normalize_coarse", "normalize_fine"] },
    ];
  }
  const { scale, mean, std } = normalize;
  const period = Math.max(mean.length, std.length);
  const perChannel = (of: (mean: number, std: number) => number) =>
    Array.from({ length: period }, (_, c) =>
      of(mean[c % mean.length] as number, std[c % std.length] as number),
    );
  if (scale === 0)
    return [
      rescaling(
        "normalize",
        [0],
        perChannel((m, s) => -m / s),
      ),
    ];
  const coarse = perChannel((m) => Math.fround(m / scale));
  const factors = perChannel((_, s) => scale / s);
  const rest = perChannel((m, s) => (-(m / scale - Math.fround(m / scale)) * scale) / s);
  const centring = coarse.some((value) => value !== 0)
    ? [
        rescaling(
          "normalize_centred",
          [1],
          coarse.map((value) => -value),
        ),
      ]
    : [];
  return [...centring, rescaling("normalize", factors, rest)];
}

const rescaling = (name: string, scale: readonly number[], offset: readonly number[]): LayerSpec => ({
  type: "rescaling",
  name,
  scale: same(scale),
  offset: same(offset),
});

/** One number where it is the same for every channel. */
const same = (values: readonly number[]): number | readonly number[] =>
  values.every((value) => value === values[0]) ? (values[0] as number) : values;
