import type { DataProblem } from "../problem.ts";
import { hashed, type Samples } from "../samples.ts";
import { checkShape } from "../sources/arrays.ts";
import { encode, type Fitted, fitTable } from "./fit.ts";
import { type FittedColumn, featuresOf } from "./fittedColumn.ts";

/**
 * Samples as a table was read, as features.
 * @param rows those to train on: nothing of the others is learned from
 * @param kept what was learned before, which holds instead
 */
export function fittedSamples(
  { raw, requestedShape, ...samples }: Samples,
  {
    rows,
    kept,
    file,
  }: {
    readonly rows: ArrayLike<number>;
    readonly kept?: readonly FittedColumn[] | undefined;
    readonly file: string;
  },
): Samples | DataProblem {
  const { inMemory: storage } = samples.values;
  if (raw === undefined || storage === undefined) return samples;
  const table = { storage, count: samples.count, raw };
  const fitted: Fitted | DataProblem =
    kept === undefined
      ? fitTable(table, rows, file)
      : {
          columns: kept,
          from: kept.map(({ name }) => raw.findIndex((own) => own.name === name)),
          remarks: [],
        };
  if ("code" in fitted) return fitted;
  const absent = fitted.from.indexOf(-1);
  if (absent >= 0)
    return {
      code: "missing-column",
      message: `There is no column "${fitted.columns[absent]?.name}" as in the training samples.`,
      file,
    };
  const { columns } = fitted;
  const { values, remarks } = encode(table, fitted);
  const names = columns.flatMap(featuresOf);
  const problem = requestedShape && checkShape(file, [names.length], requestedShape);
  if (problem) return problem;
  const allRemarks = [...(samples.remarks ?? []), ...fitted.remarks, ...remarks];
  return hashed({
    ...samples,
    shape: requestedShape ?? [names.length],
    featureNames: names,
    columns,
    storage: values,
    ...(allRemarks.length > 0 && { remarks: allRemarks }),
  });
}
