import { Readable } from "node:stream";
import { CsvError, parse } from "csv-parse";
import type { DataProblem } from "../problem.ts";
import type { ByteSource } from "./bytes.ts";

/** One row of a table, which is more than one line of text where a quoted field holds line breaks. */
export interface CsvRecord {
  readonly fields: readonly string[];
  readonly delimiter: string;
  /** The text of the record, with the line breaks around it. */
  readonly raw: string;
  /** 1-based line of the text on which the record ends. */
  readonly endLine: number;
}

/** Longer records are no table: something binary, or a quote that is never closed. */
const longestRecord = 2 ** 24;

const chunkSize = 2 ** 16;

/** What the experiment schema allows, the likeliest first: commas and spaces also stand inside of fields. */
const delimiters = ["\t", ";", "|", ",", " "] as const;

/** Reads a table record by record (RFC 4180; any delimiter, any line end). Ends with a problem if there is one. */
export async function* readCsv(
  source: ByteSource,
  { delimiter }: { readonly delimiter: string | undefined },
): AsyncGenerator<CsvRecord | DataProblem> {
  const head = await readChunk(source);
  if ("code" in head) return yield head;
  const zero = head.indexOf(0);
  if (zero >= 0) {
    const message = "This is not a table in UTF-8: it holds zero bytes.";
    return yield { code: "bad-csv", message, file: source.file, offset: zero };
  }
  let sourceProblem: DataProblem | undefined;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let chunk: Uint8Array | DataProblem = head; ; chunk = await readChunk(source)) {
      if ("code" in chunk) sourceProblem = chunk;
      if ("code" in chunk || chunk.length === 0) return;
      yield chunk;
    }
  }
  const usedDelimiter = delimiter ?? findDelimiter(new TextDecoder().decode(head));
  const parser = parse({
    delimiter: usedDelimiter,
    info: true,
    raw: true,
    bom: true,
    relax_column_count: true, // the reader of the table says which line and how many
    skip_empty_lines: true,
    max_record_size: longestRecord,
  });
  const text = Readable.from(chunks());
  text.on("error", (error) => parser.destroy(error));
  try {
    for await (const { record, raw, info } of text.pipe(parser)) {
      yield { fields: record, delimiter: usedDelimiter, raw, endLine: info.lines };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    yield csvProblem(source.file, error);
  } finally {
    text.destroy();
    parser.destroy();
  }
  if (sourceProblem) yield sourceProblem;
}

/** The delimiter that stands equally often on each of the first lines. */
export function findDelimiter(head: string): string {
  const lines = head.split(/\r\n|\r|\n/);
  // The last line of a full chunk is cut off.
  const whole = (lines.length > 1 ? lines.slice(0, -1) : lines)
    .filter((line) => line.trim() !== "")
    .slice(0, 20);
  const unquoted = whole.map((line) => line.replace(/"[^"]*"/g, ""));
  const isRegular = (delimiter: string) => {
    const counts = new Set(unquoted.map((line) => line.split(delimiter).length - 1));
    return counts.size === 1 && !counts.has(0);
  };
  return delimiters.find(isRegular) ?? ",";
}

/** Where a field starts: 1-based line and column, in UTF-16 units as editors count them. */
export function placeOfField(
  { raw, endLine, delimiter }: CsvRecord,
  field: number,
): { readonly line: number; readonly column: number } {
  const text = raw.replace(/^[\ufeff\r\n]+/, "").replace(/\r?\n?$/, "");
  let [at, passed, quoted, lineStart] = [0, 0, false, 0];
  let line = endLine - (text.split("\n").length - 1);
  for (; at < text.length && passed < field; at++) {
    const char = text[at];
    if (char === '"') quoted = !quoted;
    else if (char === "\n") {
      line++;
      lineStart = at + 1;
    } else if (char === delimiter && !quoted) passed++;
  }
  return { line, column: at - lineStart + 1 };
}

async function readChunk(source: ByteSource): Promise<Uint8Array | DataProblem> {
  const chunk = new Uint8Array(chunkSize);
  const count = await source.read(chunk);
  return typeof count === "object" ? count : chunk.subarray(0, count);
}

function csvProblem(file: string, error: CsvError): DataProblem {
  const line = typeof error["lines"] === "number" ? { line: error["lines"] } : {};
  if (error.code === "CSV_MAX_RECORD_SIZE") {
    const message = `A record is longer than ${longestRecord} characters: a quote is not closed, or this is no table.`;
    return { code: "bad-csv", message, file, ...line };
  }
  return { code: "bad-csv", message: `${error.message}.`, file, ...line };
}
