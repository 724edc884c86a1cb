import { createHash } from "node:crypto";
import { ownVersion } from "../../packageRoot.ts";
import { type KeepUse, keptSamples, keyOf } from "../cache/keptSamples.ts";
import { samplesFolder } from "../cache/room.ts";
import { type DataProblem, isProblem } from "../problem.ts";
import { type Samples, withHash } from "../samples.ts";
import { checkShape } from "../sources/arrays.ts";
import { encodedTable } from "./encodedTable.ts";
import { type Fitted, fitTable } from "./fit.ts";
import { type FittedColumn, featuresOf, type RawColumn } from "./fittedColumn.ts";
import { hashesAsRead } from "./hashesAsRead.ts";

/**
 * Samples as a table was read, as features.
 * @param rows those to train on: nothing of the others is learned from
 * @param kept what was learned before, which holds instead
 */
export async function fittedSamples(
  samples: Samples,
  {
    rows,
    kept,
    file,
    ...use
  }: KeepUse & {
    readonly rows: Int32Array;
    readonly kept?: readonly FittedColumn[] | undefined;
    readonly file: string;
  },
): Promise<Samples | DataProblem> {
  const { raw, requestedShape, onDisk: _, ids, ...others } = samples;
  if (raw === undefined) return samples;
  const { cacheDirectory, storage } = use;
  const learnedFrom = createHash("sha256").update(rows).digest("hex");
  const place = cacheDirectory !== undefined && {
    folder: samplesFolder(cacheDirectory),
    key: keyOf([
      ownVersion(),
      samples.contentHash,
      raw,
      requestedShape,
      samples.remarks,
      kept ?? learnedFrom,
    ]),
  };
  const encoded = await keptSamples({ place: place || undefined, file, storage }, async (makeRows) => {
    const table = { values: samples.values, raw };
    const fitted = kept === undefined ? fitTable(table, rows, file) : asKept(kept, raw, file);
    if ("code" in fitted) return fitted;
    const { columns } = fitted;
    const names = columns.flatMap(featuresOf);
    const problem = requestedShape && checkShape(file, [names.length], requestedShape);
    if (problem) return problem;
    const into = makeRows();
    const encoded = await encodedTable(table, fitted, into);
    if ("code" in encoded) return encoded;
    const remarks = [...(samples.remarks ?? []), ...fitted.remarks, ...encoded.remarks];
    return withHash({
      ...others,
      shape: requestedShape ?? [names.length],
      featureNames: names,
      columns,
      asRead: hashesAsRead(table),
      values: encoded.values,
      ...(into.onDisk && { onDisk: into.onDisk }),
      ...(remarks.length > 0 && { remarks }),
    });
  });
  return isProblem(encoded) || ids === undefined ? encoded : { ...encoded, ids };
}

/** Columns as they were learned before, where the table has them. */
function asKept(
  columns: readonly FittedColumn[],
  raw: readonly RawColumn[],
  file: string,
): Fitted | DataProblem {
  const from = columns.map(({ name }) => raw.findIndex((own) => own.name === name));
  const absent = from.indexOf(-1);
  if (absent < 0) return { columns, from, remarks: [] };
  const message = `There is no column "${columns[absent]?.name}" as in the training samples.`;
  return { code: "missing-column", message, file };
}
