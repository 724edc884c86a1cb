import type { Remark } from "../samples.ts";
import { blocksOf, type SampleValues } from "../sampleValues.ts";
import type { RawColumn } from "./fittedColumn.ts";

/** Fewer rows may be in order by chance. */
const fewestRows = 20;

/**
 * Columns that the experiment does not name and that count the rows, as pandas' `index` does: they are a sample's position in the
 * file, not a feature.
 * @param values [count, columns.length]
 */
export function rowNumberRemarks(columns: readonly RawColumn[], values: SampleValues): Remark[] {
  if (values.count < fewestRows) return [];
  const firsts = new Float32Array(values.size);
  values.read([0], firsts);
  const may = columns.map(
    ({ as, isInferred }, at) => isInferred && as === "number" && Number.isInteger(firsts[at]),
  );
  let row = 0;
  for (const block of blocksOf(values)) {
    if (!may.includes(true)) return [];
    for (let start = 0; start < block.length; start += values.size, row++)
      for (let at = 0; at < may.length; at++)
        if (may[at] && block[start + at] !== (firsts[at] as number) + row) may[at] = false;
  }
  return columns.flatMap(({ name }, at): Remark[] => {
    if (!may[at]) return [];
    return [
      {
        code: "row-numbers",
        message: `Column "${name}" counts the rows from ${firsts[at]} and is taken as a feature. Name the other columns in \`features\` to leave it out.`,
      },
    ];
  });
}
