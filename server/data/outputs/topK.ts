import type { DataProblem } from "../problem.ts";
import { blocksOfBoth, type Numbers, type SampleValues, spaceFor } from "../sampleValues.ts";
import type { ExpectedOutputs, OutputsTable } from "./outputsTable.ts";

/** The likeliest classes of each sample, [rows, k] both; an index of −1 stands for none. */
export interface Likeliest {
  readonly file: string;
  readonly indices: SampleValues;
  readonly values: SampleValues;
}

/** Half precision and a thousand classes leave 0.005. */
const tolerance = 0.01;

/**
 * Probabilities of all classes from those of the likeliest: what these leave of 1 is spread evenly over the others,
 * p = (1 − Σ) / (classes − k), which is the most that nothing is known of. Logits tell no share, so that there is nothing to spread.
 */
export function topKTable(
  { file, indices, values }: Likeliest,
  { classes, outputs }: Pick<ExpectedOutputs, "classes" | "outputs">,
): OutputsTable | DataProblem {
  const areLogs = outputs === "logProbabilities" || (outputs === "auto" && isLogs(indices, values));
  const none: Omit<DataProblem, "message"> = { code: "no-distribution", file };
  if (outputs === "logits")
    return {
      ...none,
      message:
        "Of the likeliest classes alone logits do not tell what the others have. Store their probabilities, or the logarithms of these.",
    };
  const shareOf = areLogs ? (value: number) => Math.fround(Math.exp(value)) : (value: number) => value;
  const { count: rows, size: k } = values;
  const rest = new Float32Array(rows);
  for (const [first, named, said] of blocksOfBoth(indices, values))
    for (let start = 0; start < said.length; start += k) {
      const row = first + start / k;
      let sum = 0;
      const seen = new Set<number>();
      for (let i = start; i < start + k; i++) {
        const [index, share] = [named[i] as number, shareOf(said[i] as number)];
        if (index === -1) continue;
        const message = !(Number.isInteger(index) && index >= 0 && index < classes)
          ? `Row ${row} names the class ${index}; there are ${classes}, from 0.`
          : seen.has(index)
            ? `Row ${row} names the class ${index} twice.`
            : share >= 0 && share <= 1 + tolerance
              ? undefined
              : `Row ${row} has ${said[i]}, which is no ${areLogs ? "logarithm of a probability" : "probability"}. Of the likeliest classes their probabilities are stored, or the logarithms of these.`;
        if (message !== undefined) return { ...none, message };
        seen.add(index);
        sum += share;
      }
      if (sum > 1 + tolerance)
        return { ...none, message: `The probabilities of row ${row} sum to ${Number(sum.toPrecision(4))}.` };
      rest[row] = seen.size === classes ? 0 : Math.max(0, 1 - sum) / (classes - seen.size);
    }
  const spread: SampleValues = {
    dtype: "float32",
    count: rows,
    size: classes,
    read(wanted, into: Numbers) {
      const [named, said] = [spaceFor(indices, wanted.length), spaceFor(values, wanted.length)];
      indices.read(wanted, named);
      values.read(wanted, said);
      for (let at = 0; at < wanted.length; at++) {
        into.fill(rest[wanted[at] as number] as number, at * classes, (at + 1) * classes);
        for (let i = at * k; i < (at + 1) * k; i++)
          if (named[i] !== -1) into[at * classes + (named[i] as number)] = shareOf(said[i] as number);
      }
    },
  };
  return { file, rows, columns: classes, dtype: "float32", values: spread, areShares: true };
}

/** Logarithms of shares are negative, and shares are not. */
function isLogs(indices: SampleValues, values: SampleValues): boolean {
  let isAnyNegative = false;
  for (const [, named, said] of blocksOfBoth(indices, values))
    for (const [i, value] of said.entries()) {
      if (value < 0) isAnyNegative = true;
      if (!(value <= tolerance || named[i] === -1)) return false;
    }
  return isAnyNegative;
}
