import { Readable } from "node:stream";
import { CsvError, parse } from "csv-parse";
import type { DataProblem } from "../problem.ts";
import type { ByteSource } from "./bytes.ts";
import { readText } from "./text.ts";

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
const longestRecord = 2 ** 22;

/** What the experiment schema allows, the likeliest first: commas and spaces also stand inside of fields. */
const delimiters = ["\t", ";", "|", ",", " "] as const;

/** The line in which Excel tells itself the delimiter, above the table. */
const excelHint = /^sep=([\t;|, ])\r?\n/i;

/**
 * Reads a table record by record (RFC 4180; any delimiter, any line end). Ends with a problem if there is one.
 *
 * Up to the first quote a table is lines cut at delimiters, which takes a fifth of a parser's time: MNIST as CSV has 47
 * million fields and no quote. From there on csv-parse reads.
 */
export async function* readCsv(
  source: ByteSource,
  { delimiter: given }: { readonly delimiter: string | undefined },
): AsyncGenerator<CsvRecord | DataProblem> {
  const texts = readText(source, { code: "bad-csv", what: "a table" });
  let delimiter = given;
  let line = 0;
  let rest = "";
  for (let next = await texts.next(); !next.done; next = await texts.next()) {
    if (typeof next.value === "object") return yield next.value;
    let text = next.value;
    if (line === 0 && rest === "") {
      const hint = excelHint.exec(text);
      delimiter ??= hint?.[1];
      if (hint !== null) [text, line] = [text.slice(hint[0].length), 1];
      const comment = commentAbove(text, delimiter);
      line += comment.split("\n").length - 1;
      text = text.slice(comment.length);
    }
    delimiter ??= findDelimiter(text);
    rest += text;
    const isOldMac = line === 0 && !rest.includes("\n") && /\r./s.test(rest);
    if (next.value.includes('"') || isOldMac) {
      return yield* parseCsv(source.file, rest, texts, { delimiter, line });
    }
    const lines = rest.split("\n");
    rest = lines.pop() as string;
    for (const raw of lines) {
      line++;
      if (raw !== "" && raw !== "\r") yield unquoted(raw, delimiter, line);
    }
    if (rest.length > longestRecord) return yield tooLong(source.file, line + 1);
  }
  if (delimiter !== undefined && rest !== "" && rest !== "\r") yield unquoted(rest, delimiter, line + 1);
}

/**
 * The lines of a comment above a table, `# …`, as simulations and instruments write them. The last one that has as many fields as the row
 * below is that table's header, as `#name` of bioinformatics, and no comment.
 */
function commentAbove(text: string, given: string | undefined): string {
  const block = /^(?:(?:#[^\n]*|\r?)\n)*/.exec(text)?.[0] ?? "";
  if (!block.startsWith("#") || block.length === text.length) return "";
  const table = text.slice(block.length);
  const delimiter = given ?? findDelimiter(table);
  const fieldsOf = (line: string) => line.replace(/"[^"]*"|\r$/g, "").split(delimiter).length;
  const [row = ""] = table.split("\n", 1);
  const lines = block.split("\n").slice(0, -1);
  const last = lines.findLastIndex((line) => line.trim() !== "" && fieldsOf(line) !== fieldsOf(row));
  return lines
    .slice(0, last + 1)
    .map((line) => `${line}\n`)
    .join("");
}

function unquoted(raw: string, delimiter: string, endLine: number): CsvRecord {
  const text = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
  return { fields: text.split(delimiter), delimiter, raw: text, endLine };
}

/** The rest of a table, from the start of a record behind `line` lines on. */
async function* parseCsv(
  file: string,
  head: string,
  texts: AsyncGenerator<string | DataProblem>,
  { delimiter, line }: { readonly delimiter: string; readonly line: number },
): AsyncGenerator<CsvRecord | DataProblem> {
  let problem: DataProblem | undefined;
  async function* rest(): AsyncGenerator<string> {
    yield head;
    for await (const text of texts) {
      if (typeof text === "object") problem = text;
      else yield text;
    }
  }
  const parser = parse({
    delimiter,
    info: true,
    raw: true,
    relax_column_count: true, // the reader of the table says which line and how many
    skip_empty_lines: true,
    max_record_size: longestRecord,
  });
  const input = Readable.from(rest());
  input.on("error", (error) => parser.destroy(error));
  try {
    for await (const { record, raw, info } of input.pipe(parser)) {
      yield { fields: record, delimiter, raw, endLine: line + info.lines };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // What could not be read may be why the text cannot be parsed.
    yield problem ?? csvProblem(file, line, error);
    return;
  } finally {
    input.destroy();
    parser.destroy();
  }
  if (problem) yield problem;
}

/** The delimiter that stands equally often on each of the first lines. */
export function findDelimiter(head: string): string {
  // A quoted field may hold delimiters and line ends.
  const lines = head.replace(/"[^"]*"/g, "").split(/\r\n|\r|\n/);
  // The last line of a full chunk is cut off.
  const whole = (lines.length > 1 ? lines.slice(0, -1) : lines)
    .filter((line) => line.trim() !== "")
    .slice(0, 20);
  const isRegular = (delimiter: string) => {
    const counts = new Set(whole.map((line) => line.split(delimiter).length - 1));
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

function csvProblem(file: string, linesBefore: number, error: CsvError): DataProblem {
  const lines = typeof error["lines"] === "number" ? error["lines"] : 1;
  return error.code === "CSV_MAX_RECORD_SIZE"
    ? tooLong(file, linesBefore + lines)
    : {
        code: "bad-csv",
        message: csvMessages[error.code] ?? `${error.message}.`,
        file,
        line: linesBefore + lines,
      };
}

/** In csv-parse's own messages the lines count from where it started. */
const csvMessages: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: "A quote that opens here or before is never closed.",
  CSV_INVALID_CLOSING_QUOTE: "A closing quote has something other than a delimiter or a line end behind it.",
  INVALID_OPENING_QUOTE: "A quote stands within a field that does not begin with one.",
};

function tooLong(file: string, line: number): DataProblem {
  const message = `A record is longer than ${longestRecord} characters: a quote is not closed, or this is no table.`;
  return { code: "bad-csv", message, file, line };
}
