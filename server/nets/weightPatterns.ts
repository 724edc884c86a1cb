/** A student's settings by patterns of weight names, in which `*` stands for any characters. */
export interface WeightPatterns {
  /** Weights that are trained; the others stay as they are. Absent: all. */
  readonly trainable?: readonly string[] | undefined;
  /** Weights that are drawn although a file has them. */
  readonly newWeights?: readonly string[] | undefined;
  /** Factors of the learning rate. */
  readonly learningRates?: Readonly<Record<string, number>> | undefined;
  /** Weight decay in place of the optimizer's. */
  readonly weightDecays?: Readonly<Record<string, number>> | undefined;
}

export const patternKeys = ["trainable", "newWeights", "learningRates", "weightDecays"] as const;

/** The patterns of a key, in their order. */
function patternsOf(patterns: WeightPatterns, key: (typeof patternKeys)[number]): readonly string[] {
  const given = patterns[key];
  return Array.isArray(given) ? (given as readonly string[]) : Object.keys(given ?? {});
}

/** `layer4.*` matches every name that begins with `layer4.`. Takes time in proportion to pattern times name. */
export function matches(pattern: string, name: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (!name.startsWith(first)) return false;
  const last = rest.pop();
  if (last === undefined) return name === first;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}

/** Patterns that match none of the names, with the key that they stand at. */
export const unmatched = (
  patterns: WeightPatterns,
  names: readonly string[],
): readonly { readonly key: (typeof patternKeys)[number]; readonly pattern: string }[] =>
  patternKeys.flatMap((key) =>
    patternsOf(patterns, key)
      .filter((pattern) => !names.some((name) => matches(pattern, name)))
      .map((pattern) => ({ key, pattern })),
  );

/** The value of the last pattern that matches: one that is more particular stands behind. */
export const lastMatch = (
  values: Readonly<Record<string, number>> | undefined,
  name: string,
): number | undefined => Object.entries(values ?? {}).findLast(([pattern]) => matches(pattern, name))?.[1];

/** @param names of all weights, of which the message lists the first few */
export const unmatchedText = (pattern: string, names: readonly string[]): string =>
  `no weight of the student matches "${pattern}". Its weights are ${names.slice(0, 5).join(", ")}${names.length > 5 ? `, … (${names.length})` : ""}.`;
