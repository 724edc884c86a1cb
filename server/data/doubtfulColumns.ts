import { grouped } from "../grouped.ts";
import { noLabel } from "./labels.ts";
import type { Samples } from "./samples.ts";
import type { SampleValues } from "./sampleValues.ts";
import { featuresOf } from "./tables/fittedColumn.ts";

/** A column of a table that should hardly be a feature as it is. */
export interface DoubtfulColumn {
  readonly code: "label-copied" | "sentinel-values";
  readonly column: string;
  readonly message: string;
}

/** Of larger tables the first samples say it. */
const mostRows = 20_000;

/** Columns that say the label, and columns of numbers in which one stands for a missing value: in one pass over training samples. */
export function doubtfulColumns(train: Samples): DoubtfulColumn[] {
  const { values, columns, featureNames, count } = train;
  const parts = columns
    ? columns.map((column) => ({ name: column.name, width: featuresOf(column).length, as: column.as }))
    : (featureNames ?? []).map((name) => ({ name, width: 1, as: "number" }));
  if (parts.reduce((sum, { width }) => sum + width, 0) !== values.size) return [];
  const rows = Math.min(count, mostRows);
  const cells = new Float32Array(rows * values.size);
  readInto(values, cells, rows);
  let from = 0;
  return parts.flatMap(({ name, width, as }): readonly DoubtfulColumn[] => {
    const at = (row: number) => cells.subarray(row * values.size + from, row * values.size + from + width);
    const read = Array.from({ length: rows }, (_, row) =>
      width === 1 ? (at(row)[0] as number) : at(row).join(),
    );
    from += width;
    const copied = copyOfLabel(read, train);
    if (copied !== undefined)
      return [{ code: "label-copied", column: name, message: `Column "${name}" ${copied}` }];
    const standing = as === "number" && width === 1 ? sentinel(read as number[]) : undefined;
    if (standing === undefined) return [];
    const message = `Column "${name}" ${standing}`;
    return [{ code: "sentinel-values", column: name, message }];
  });
}

function readInto(values: SampleValues, cells: Float32Array, rows: number): void {
  const range = Int32Array.from({ length: rows }, (_, row) => row);
  const into = values.dtype === "float32" ? cells : new Uint8Array(cells.length);
  values.read(range, into);
  if (into !== cells) cells.set(into);
}

/** Fewer samples may agree by chance: so many in all, and beside the most frequent class. */
const [fewestSamples, fewestOthers] = [30, 5];

/** A sentence's end where each value stands for one class, and each class has one value, or the numbers are those that are learned. */
function copyOfLabel(
  read: readonly (number | string)[],
  { task, labels, targets, classes }: Samples,
): string | undefined {
  if (task === "regression") {
    if (classes !== 1 || targets === undefined || read.length < fewestSamples) return undefined;
    const isSame = read.every((value, row) => labels[row] === noLabel || value === targets[row]);
    return isSame && new Set(read).size >= fewestOthers
      ? `has the number that is learned, in all ${grouped(read.length)} training samples that were compared: a network copies it, and learns nothing else. Leave it out.`
      : undefined;
  }
  if (task !== undefined) return undefined;
  const classOf = new Map<number | string, number>();
  const counts = new Map<number, number>();
  for (const [row, value] of read.entries()) {
    const label = labels[row] as number;
    if (label === noLabel) continue;
    const known = classOf.get(value);
    if (known === undefined) {
      if (classOf.size >= classes || counts.has(label)) return undefined;
      classOf.set(value, label);
    } else if (known !== label) return undefined;
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (counts.size < 2 || all < fewestSamples || all - Math.max(...counts.values()) < fewestOthers)
    return undefined;
  return `says the label: each of its ${counts.size} values stands for one class in all ${grouped(all)} training samples that were compared. A network learns nothing else then. Leave it out, unless it is known where the student is used.`;
}

/** −1, or all nines, as programs write them where a value is missing. */
const sentinels = /^(-1|-?9{2,})$/;

/** Samples with it: at least so many, and such a share. */
const [fewestStanding, leastShare] = [5, 0.005];
/** Different values beside it. */
const fewestValues = 5;

/** A sentence's end where a number that often stands for a missing value stands further from the others than they from each other. */
function sentinel(read: readonly number[]): string | undefined {
  const different = new Float64Array(new Set(read.filter(Number.isFinite))).sort();
  if (different.length <= fewestValues) return undefined;
  const [least, second] = different as unknown as readonly [number, number];
  const [last, most] = [different.at(-2) as number, different.at(-1) as number];
  for (const { value, gap, rest } of [
    { value: least, gap: second - least, rest: most - second },
    { value: most, gap: most - last, rest: last - least },
  ]) {
    if (!sentinels.test(String(value)) || gap <= rest) continue;
    const times = read.filter((one) => one === value).length;
    if (times < Math.max(fewestStanding, leastShare * read.length)) continue;
    const others =
      value === least ? `${brief(second)} to ${brief(most)}` : `${brief(least)} to ${brief(last)}`;
    return `is ${value} in ${grouped(times)} of ${grouped(read.length)} training samples, and else ${others}: it seems to stand for a missing value. Leave its cells empty in the file, or leave the column out.`;
  }
  return undefined;
}

const brief = (value: number): string => String(Number(value.toPrecision(4)));
