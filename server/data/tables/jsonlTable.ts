import { visit } from "jsonc-parser";
import { isRecord } from "../../isRecord.ts";
import type { ByteSource } from "../formats/bytes.ts";
import { readLines, type TextLine } from "../formats/text.ts";
import type { DataProblem } from "../problem.ts";
import { noRows } from "./csvTable.ts";
import type { Table, TableRow } from "./table.ts";
import { isWholeTable } from "./wholeTable.ts";

/** Keys that first occur after so many lines or characters are not columns. */
const [mostLines, mostCharacters] = [1000, 8_000_000];

/** JSON Lines: an object a line, whose keys are columns. Its rows can be read once. */
export async function openJsonlTable(
  bytes: ByteSource,
): Promise<(Table & { readonly close: () => Promise<void> }) | DataProblem> {
  const { file } = bytes;
  const lines = readLines(bytes, { code: "bad-jsonl", what: "a text", advice });
  const head: Row[] = [];
  const names = new Map<string, number>();
  let characters = 0;
  while (head.length < mostLines && characters < mostCharacters) {
    const next = (await lines.next()).value as TextLine | DataProblem | undefined;
    if (next === undefined) break;
    const row = "code" in next ? next : parsed(file, next);
    if ("code" in row) return row;
    const twice = duplicateKey(next as TextLine, row);
    if (twice !== undefined)
      return {
        code: "duplicate-column",
        message: `The key ${JSON.stringify(twice)} stands twice in this line. Rename one of them.`,
        file,
        line: row.line,
      };
    head.push(row);
    characters += (next as TextLine).text.length;
    for (const name of Object.keys(row.values)) if (!names.has(name)) names.set(name, names.size);
  }
  if (head.length === 0) return noRows(file);
  return {
    file,
    columns: [...names.keys()].map((name) => ({
      name,
      ...(areLists(head.map(({ values }) => values[name])) && { kind: "other" as const }),
    })),
    isNamed: true,
    progress: bytes.progress,
    async *rows() {
      for (const row of head) yield toRow(row);
      head.length = 0;
      for await (const next of lines) {
        const row = "code" in next ? next : parsed(file, next);
        yield "code" in row ? row : toRow(row);
      }
    },
    async close() {
      await lines.return(undefined);
    },
  };

  function toRow({ values, line }: Row): TableRow {
    const cells: unknown[] = [];
    for (const [name, column] of names)
      cells[column] = Object.hasOwn(values, name) ? values[name] : undefined;
    return { cells, placeOf: () => ({ line }) };
  }
}

/** Whether these are lists of texts, as tags are, and nothing else. */
function areLists(cells: readonly unknown[]): boolean {
  const there = cells.filter((cell) => cell !== null && cell !== undefined);
  return (
    there.every(Array.isArray) && there.some((cell) => cell.some((word: unknown) => typeof word === "string"))
  );
}

interface Row {
  readonly values: Readonly<Record<string, unknown>>;
  readonly line: number;
}

/** A key of an object that stands in it twice: JSON.parse keeps the last value without a word. */
function duplicateKey({ text }: TextLine, { values }: Row): string | undefined {
  const isOnce = Object.keys(values).every((key) => {
    const written = JSON.stringify(key);
    return text.indexOf(written) === text.lastIndexOf(written);
  });
  if (isOnce) return undefined;
  const seen = new Set<string>();
  let found: string | undefined;
  visit(text, {
    onObjectProperty(key, _offset, _length, _line, _character, path) {
      if (path().length > 0) return;
      if (seen.has(key)) found ??= key;
      seen.add(key);
    },
  });
  return found;
}

const advice =
  'Each line has to be an object of its own, as pandas writes it by to_json(…, orient="records", lines=True).';

function parsed(file: string, { text, line }: TextLine): Row | DataProblem {
  const bad = (message: string): DataProblem => ({ code: "bad-jsonl", message, file, line });
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value)) return bad(`This line is no object. ${advice}`);
    return isWholeTable(value) ? bad(`This line is a whole table. ${advice}`) : { values: value, line };
  } catch {
    if (/[:,[]\s*(-?Infinity|NaN)\b/.test(text))
      return bad("This line has NaN or Infinity, which are no JSON: write null where there is no value.");
    return bad(`This line is no JSON. ${advice}`);
  }
}
