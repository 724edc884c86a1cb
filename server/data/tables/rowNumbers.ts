import type { Remark } from "../samples.ts";
import type { Numbers } from "../sampleValues.ts";
import type { RawColumn } from "./fittedColumn.ts";

/** Fewer rows may be in order by chance. */
const fewestRows = 20;

/**
 * Columns that nobody asked for and that count the rows, as `index` of pandas does: they tell where a sample stands in the
 * file, not what it is.
 * @param values [count, columns.length], row-major
 */
export function rowNumberRemarks(
  columns: readonly RawColumn[],
  { values, count }: { readonly values: Numbers; readonly count: number },
): Remark[] {
  if (count < fewestRows) return [];
  const width = columns.length;
  return columns.flatMap(({ name, as, isInferred }, at): Remark[] => {
    const numberAt = (row: number) => values[row * width + at] as number;
    if (!isInferred || as !== "number" || !Number.isInteger(numberAt(0))) return [];
    for (let row = 1; row < count; row++) if (numberAt(row) !== numberAt(row - 1) + 1) return [];
    return [
      {
        code: "row-numbers",
        message: `Column "${name}" counts the rows from ${numberAt(0)} and is taken as a feature. Name the other columns in \`features\` to leave it out.`,
      },
    ];
  });
}
