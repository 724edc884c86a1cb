import { isRecord } from "../../isRecord.ts";

/**
 * Whether an object is a whole table and no row of one, in a form of pandas' to_json: "columns", which is its default, and "index"
 * have objects of the same keys, "split" has its rows in lists, "table" has a schema.
 */
export function isWholeTable(values: Readonly<Record<string, unknown>>): boolean {
  const { columns, schema, data } = values;
  if (Array.isArray(data)) return Array.isArray(columns) ? data.every(Array.isArray) : isRecord(schema);
  const [first, ...others] = Object.values(values);
  if (!isRecord(first)) return false;
  const keys = Object.keys(first);
  return (
    keys.length > 0 &&
    others.every((other) => isRecord(other) && Object.keys(other).every((key, at) => key === keys[at]))
  );
}

/** How each of these forms, and a list of rows, begins. */
const beginning =
  /^\s*(\[\s*[{[]|\{\s*"(?:[^"\\]|\\.)*"\s*:\s*\{\s*"0"\s*:|\{\s*"0"\s*:\s*\{|\{\s*"columns"\s*:\s*\[|\{\s*"schema"\s*:\s*\{\s*"fields"\s*:)/;

/** Whether the beginning of a file in JSON is that of a table: of an object a line, or of one in which the rows stand otherwise. */
export function beginsAsTable(head: string): boolean {
  if (beginning.test(head)) return true;
  const [first = "", second = ""] = head.split(/\r?\n/);
  return second.startsWith("{") && first.startsWith("{") && first.endsWith("}");
}
