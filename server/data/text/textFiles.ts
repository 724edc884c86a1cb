import { join } from "node:path";
import { allFiles, listClassFolders, looseProblem, noFiles, type SampleFiles } from "../classFolders.ts";
import { readArray } from "../formats/array.ts";
import { openBytes } from "../formats/bytes.ts";
import { readNpyHeader } from "../formats/npy.ts";
import { longestLine, readLines, readText } from "../formats/text.ts";
import type { DataProblem } from "../problem.ts";
import { openArray } from "../sources/openArray.ts";
import type { Table, TableRow } from "../tables/table.ts";

/* Texts that are in no table, as one with the columns "text" and "label". */

type TextTable = Table & { readonly close: () => Promise<void> };

/** How lines of texts and of labels are read: an empty one is a text, too. */
export const utf8 = { code: "bad-text", what: "a text", keepsEmpty: true } as const;

export const textFiles: SampleFiles = { named: /\.txt(\.gz)?$/i, what: "text", table: "path" };

/** As many files are read at once. */
const together = 64;

/** A text in each file, in a folder for each class. */
export async function openTextFolder(
  folder: string,
  { isLabelled }: { readonly isLabelled: boolean },
): Promise<TextTable | DataProblem> {
  const found = await listClassFolders(folder, textFiles);
  if ("code" in found) return found;
  const problem = isLabelled ? looseProblem(folder, found, textFiles) : undefined;
  if (problem) return problem;
  const paths = allFiles(found);
  if (paths.length === 0) return noFiles(folder, textFiles);
  const labels = found.classes.flatMap(({ files }, i) => files.map(() => i));
  const classNames = found.classes.map(({ name }) => name);
  return {
    file: folder,
    columns: [{ name: "text" }, { name: "label", ...(isLabelled && { classNames }) }],
    isNamed: true,
    count: paths.length,
    async *rows() {
      for (let start = 0; start < paths.length; start += together) {
        const texts = paths.slice(start, start + together).map((path) => textIn(folder, path));
        for (const [i, text] of (await Promise.all(texts)).entries())
          yield typeof text === "string" ? { cells: [text, labels[start + i]] } : text;
      }
    },
    close: async () => {},
  };
}

/** The whole text of a file, its lines ended as Python reads them; an empty file is a text, too. */
async function textIn(folder: string, path: string): Promise<string | DataProblem> {
  const named = (problem: DataProblem): DataProblem => ({
    code: problem.code,
    message: `${path}: ${problem.message}`,
    file: folder,
  });
  const bytes = await openBytes(join(folder, path));
  if ("code" in bytes) return bytes.code === "empty-file" ? "" : named(bytes);
  let text = "";
  try {
    for await (const part of readText(bytes, utf8)) {
      if (typeof part === "object") return named(part);
      text += part;
      if (text.length > longestLine)
        return named({
          code: "bad-text",
          message: `The text is longer than ${longestLine} characters.`,
          file: path,
        });
    }
    return text.replaceAll("\r\n", "\n");
  } finally {
    await bytes.close();
  }
}

/** A text in each line of a file, whose label is in the same line of another, or in an array. */
export async function openTextLines(
  file: string,
  labels: string | undefined,
): Promise<TextTable | DataProblem> {
  const texts = await openBytes(file);
  if ("code" in texts) return texts;
  const own = labels === undefined ? undefined : await openLabels(labels);
  if (own !== undefined && "code" in own) {
    await texts.close();
    return own;
  }
  return {
    file,
    labelFile: labels,
    columns: [{ name: "text" }, { name: "label" }],
    isNamed: true,
    async *rows() {
      let [count, labelled] = [0, 0];
      for await (const next of readLines(texts, utf8)) {
        if ("code" in next) return yield next;
        count++;
        const label = own === undefined ? undefined : await own.next();
        if (isProblem(label)) return yield label;
        if (label !== undefined) labelled++;
        else if (own !== undefined) continue;
        const row: TableRow = {
          cells: [next.text, label?.cell],
          placeOf: (column) => ({ line: column === 0 ? next.line : (label?.line ?? next.line) }),
        };
        yield row;
      }
      for (let more = await own?.next(); more !== undefined && !isProblem(more); more = await own?.next())
        labelled++;
      if (labels !== undefined && labelled !== count)
        yield {
          code: "count-mismatch",
          message: `There are ${count} texts in ${file}, but ${labelled} labels.`,
          file: labels,
          expected: count,
          found: labelled,
        };
    },
    async close() {
      await texts.close();
      await own?.close();
    },
  };
}

const isProblem = (value: Label | DataProblem | undefined): value is DataProblem =>
  value !== undefined && "code" in value;

interface Label {
  /** As a cell of a table: a text, a number or a row of them. */
  readonly cell: unknown;
  readonly line?: number;
}

interface Labels {
  next(): Promise<Label | DataProblem | undefined>;
  close(): Promise<void>;
}

async function openLabels(file: string): Promise<Labels | DataProblem> {
  if (/\.npy$/i.test(file)) return arrayLabels(file);
  const bytes = await openBytes(file);
  if ("code" in bytes) return bytes;
  const lines = readLines(bytes, utf8);
  return {
    async next() {
      const { value } = await lines.next();
      return value === undefined || "code" in value ? value : { cell: value.text.trim(), line: value.line };
    },
    async close() {
      await lines.return(undefined);
      await bytes.close();
    },
  };
}

async function arrayLabels(file: string): Promise<Labels | DataProblem> {
  const array = await openArray(file, readNpyHeader);
  if ("code" in array) return array;
  const { source, header } = array;
  const [count = 0, columns = 1, ...more] = header.shape;
  const values = await readArray(source, header, count, "exact");
  await source.close();
  if ("code" in values) return values;
  if (more.length > 0)
    return {
      code: "shape-mismatch",
      message: "These are not labels: one number or one row of numbers a text is needed.",
      file,
      expected: "[N] or [N, outputs]",
      found: `[${header.shape.join(", ")}]`,
    };
  let row = 0;
  return {
    async next() {
      if (row === count) return undefined;
      const own = Array.from(values.subarray(row * columns, (row + 1) * columns));
      row++;
      return { cell: columns === 1 ? own[0] : own };
    },
    close: async () => {},
  };
}
