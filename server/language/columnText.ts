import type { ColumnFacts } from "../fileHeaders.ts";
import { counted, grouped } from "../grouped.ts";

/** What the cells of a column are, in a line: `category of 3: Private 40, State-gov 12; 5 without a value`. */
export function columnText({ as, missing = 0, range, different, frequent = [] }: ColumnFacts): string {
  const most = frequent.map(([text, count]) => `${text} ${grouped(count)}`).join(", ");
  const more = different !== undefined && different > frequent.length ? ", …" : "";
  const what =
    as === "number" && range
      ? `number, ${range[0]} … ${range[1]}`
      : different === undefined
        ? (as ?? "")
        : `${as} of ${counted(different, "text")}: ${most}${more}`;
  return [what, missing > 0 ? `${grouped(missing)} without a value` : ""].filter(Boolean).join("; ");
}
