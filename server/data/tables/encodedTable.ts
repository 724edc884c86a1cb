import type { GrowingRows } from "../cache/growingRows.ts";
import type { DataProblem } from "../problem.ts";
import type { Remark } from "../samples.ts";
import { bytesOf, rangesOf, type SampleValues, spaceFor } from "../sampleValues.ts";
import { encoder, type Fitted, type RawTable } from "./fit.ts";

/** Bytes that are encoded at once. */
const blockBytes = 2 ** 22;

/** A table's cells as features, which go into `rows`. */
export async function encodedTable(
  { values, raw }: RawTable,
  fitted: Pick<Fitted, "columns" | "from">,
  rows: GrowingRows,
): Promise<{ readonly values: SampleValues; readonly remarks: readonly Remark[] } | DataProblem> {
  const { width, encode, remarks } = encoder(raw, fitted);
  const most = Math.max(1, Math.floor(blockBytes / Math.max(bytesOf(values), 4 * width)));
  for (const some of rangesOf(values.count, most)) {
    const cells = spaceFor(values, some.length);
    values.read(some, cells);
    const features = new Float32Array(some.length * width);
    encode(cells, features);
    const problem = rows.addAll(features, width);
    if (problem) return problem;
  }
  const encoded = await rows.finish();
  return "code" in encoded ? encoded : { values: encoded, remarks: remarks() };
}
