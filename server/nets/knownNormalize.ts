import { type ResolvedNormalize, renormalizing } from "../data/normalize.ts";

/**
 * Warning where a student starts from a model that was trained with another normalisation.
 * @param known what the model says that it was trained on
 */
export function normalizeDoubt(
  known: ResolvedNormalize,
  normalize: ResolvedNormalize,
  channels: number,
): string | undefined {
  const { factors, offsets } = renormalizing(known, normalize, channels);
  // Measured on another part of the same data, a mean moves by hundredths of a deviation.
  if (factors.every((factor) => Math.abs(factor - 1) < 0.05) && offsets.every((by) => Math.abs(by) < 0.05))
    return undefined;
  return `The student's model was trained on samples normalised otherwise: "normalize": ${normalizeText(known)} in \`data\` is what it knows.`;
}

/** As `data.normalize` has it. */
export const normalizeText = ({ scale, mean, std }: ResolvedNormalize): string =>
  `{ "scale": ${scale}, "mean": ${listText(mean)}, "std": ${listText(std)} }`;

const listText = (list: readonly number[]): string =>
  list.length === 1 ? String(list[0]) : `[${list.join(", ")}]`;
