import { looksOf, readForms } from "../data/tables/textLooks.ts";
import type { ColumnFacts } from "../fileHeaders.ts";
import { counted } from "../grouped.ts";

/** A label has no more values than this, unless its name says that it is one. */
export const mostValues = 50;

/** Columns that number the rows: to learn from them is to learn the order of a file. */
const idNames = /^(|id|index|row|unnamed.*|.*[_ ]id|.*Id)$/;

/** Why nothing is to be learned from a column, a part of a sentence; undefined of a feature. */
export function noFeature(
  name: string,
  facts: ColumnFacts | undefined,
  unread: readonly string[],
): string | undefined {
  if (unread.includes(name)) return "with cells that are lists or objects";
  if (idNames.test(name)) return "which numbers the rows, as its name says";
  if (!areNearlyAllOthers(facts)) return undefined;
  const looks = looksOf((facts?.frequent ?? []).map(([text]) => text));
  return looks === undefined ? "with another text in nearly every row" : `which looks like ${looks}`;
}

/** None of its cells has a value: such a column may not be named as a feature. */
export const isEmpty = ({ as, range, missing = 0 }: Partial<ColumnFacts> = {}): boolean =>
  as === "number" && range === undefined && missing > 0;

/** Nearly every row has another one: a name, a ticket or a sentence, of which nothing is learned as a category. */
export function areNearlyAllOthers({ as, different = 0, frequent = [] }: Partial<ColumnFacts> = {}): boolean {
  const [[, most] = ["", 0]] = frequent;
  return as === "category" && different > mostValues && most < different / 10;
}

/** Named in a line. */
const mostNamed = 6;

/** Which columns are no features, and why, for a person to change; without a full stop. */
export function leftOutLine(left: ReadonlyMap<string, string>): string | undefined {
  if (left.size === 0) return undefined;
  const parts = [...left].slice(0, mostNamed).map(([name, why]) => `${JSON.stringify(name)}, ${why}`);
  const rest = left.size - mostNamed;
  const more = rest > 0 ? [counted(rest, "other")] : [];
  const forms = [...left.values()].some((why) => why.includes("looks like")) ? `. ${readForms}` : "";
  return `Left out of the features: ${[...parts, ...more].join("; ")}${forms}`;
}
