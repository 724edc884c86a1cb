import type { DataProblem } from "./problem.ts";

/** More classes than any classifier here has: a label above is a number of another kind, a price or an id. */
export const mostClasses = 1_000_000;

export interface Labels {
  readonly labels: Int32Array;
  readonly classes: number;
}

/**
 * Class indices from an array of numbers: [N] or [N, 1] indices, or [N, C] one-hot rows. `classes`, where given, is
 * what a label has to stay below; else the largest label decides.
 */
export function toLabels(
  values: Float64Array,
  shape: readonly number[],
  { file, classes }: { readonly file: string; readonly classes?: number | undefined },
): Labels | DataProblem {
  const columns = shape[1] ?? 1;
  if (shape.length > 2) {
    return {
      code: "shape-mismatch",
      message: "These are not labels: one class index a sample or one one-hot row a sample is needed.",
      file,
      expected: "[N] or [N, classes]",
      found: `[${shape.join(", ")}]`,
    };
  }
  return columns === 1 ? fromIndices(values, file, classes) : fromOneHot(values, columns, file, classes);
}

function fromIndices(values: Float64Array, file: string, known: number | undefined): Labels | DataProblem {
  const bound = known ?? mostClasses;
  let largest = -1;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!(Number.isInteger(value) && value >= 0 && value < bound)) return outside(file, i, value, bound);
    if (value > largest) largest = value;
  }
  return { labels: Int32Array.from(values), classes: known ?? largest + 1 };
}

function fromOneHot(
  values: Float64Array,
  columns: number,
  file: string,
  known: number | undefined,
): Labels | DataProblem {
  if (known !== undefined && known !== columns) {
    return {
      code: "label-range",
      message: `The one-hot labels have ${columns} classes, the training data has ${known}.`,
      file,
      expected: known,
      found: columns,
    };
  }
  const labels = new Int32Array(values.length / columns);
  for (let i = 0; i < labels.length; i++) {
    const row = values.subarray(i * columns, (i + 1) * columns);
    const hot = row.indexOf(1);
    if (hot < 0 || row.some((value, column) => column !== hot && value !== 0)) {
      return {
        code: "label-range",
        message: `The label of sample ${i} is not one-hot: one 1 and otherwise 0 are needed.`,
        file,
        expected: "one-hot",
        found: `[${Array.from(row.subarray(0, 12)).join(", ")}${columns > 12 ? ", …" : ""}]`,
      };
    }
    labels[i] = hot;
  }
  return { labels, classes: columns };
}

function outside(file: string, sample: number, value: number, bound: number): DataProblem {
  return {
    code: "label-range",
    message: `The label of sample ${sample} is ${value}, outside the classes.`,
    file,
    expected: `an integer from 0 to ${bound - 1}`,
    found: value,
  };
}
