import type { DataProblem } from "../problem.ts";
import type { Numbers, SampleValues } from "../sampleValues.ts";
import type { ExpectedOutputs, OutputsTable } from "./outputsTable.ts";

/** The likeliest classes of each sample, [rows, k]; an index of −1 stands for none. */
export interface Likeliest {
  readonly file: string;
  readonly rows: number;
  readonly k: number;
  readonly indices: Float64Array;
  readonly values: Float32Array;
}

/** Half precision and a thousand classes leave 0.005. */
const tolerance = 0.01;

/**
 * Probabilities of all classes from those of the likeliest: what these leave of 1 is spread evenly over the others,
 * p = (1 − Σ) / (classes − k), which is the most that nothing is known of. Logits tell no share, so that there is nothing to spread.
 */
export function topKTable(
  { file, rows, k, indices, values }: Likeliest,
  { classes, outputs }: ExpectedOutputs,
): OutputsTable | DataProblem {
  const areLogs = outputs === "logProbabilities" || (outputs === "auto" && isLogs(indices, values));
  const none: Omit<DataProblem, "message"> = { code: "no-distribution", file };
  if (outputs === "logits")
    return {
      ...none,
      message:
        "Of the likeliest classes alone logits do not tell what the others have. Store their probabilities, or the logarithms of these.",
    };
  const shares = areLogs ? values.map(Math.exp) : values;
  const rest = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    const seen = new Set<number>();
    for (let i = row * k; i < (row + 1) * k; i++) {
      const [index, share] = [indices[i] as number, shares[i] as number];
      if (index === -1) continue;
      const message = !(Number.isInteger(index) && index >= 0 && index < classes)
        ? `Row ${row} names the class ${index}; there are ${classes}, from 0.`
        : seen.has(index)
          ? `Row ${row} names the class ${index} twice.`
          : share >= 0 && share <= 1 + tolerance
            ? undefined
            : `Row ${row} has ${values[i]}, which is no ${areLogs ? "logarithm of a probability" : "probability"}. Of the likeliest classes their probabilities are stored, or the logarithms of these.`;
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
      for (let at = 0; at < wanted.length; at++) {
        const row = wanted[at] as number;
        into.fill(rest[row] as number, at * classes, (at + 1) * classes);
        for (let i = row * k; i < (row + 1) * k; i++)
          if (indices[i] !== -1) into[at * classes + (indices[i] as number)] = shares[i] as number;
      }
    },
  };
  return { file, rows, columns: classes, dtype: "float32", values: spread, areShares: true };
}

/** Logarithms of shares are negative, and shares are not. */
const isLogs = (indices: Float64Array, values: Float32Array): boolean =>
  values.some((value) => value < 0) && values.every((value, i) => value <= tolerance || indices[i] === -1);
