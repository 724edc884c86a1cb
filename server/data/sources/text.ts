import { relative, resolve } from "node:path";
import type {
  TextFolderSource,
  TextLinesSource,
  TextTableSource,
  UnlabelledTextFolderSource,
  UnlabelledTextLinesSource,
  UnlabelledTextTableSource,
} from "../../../schemas/experiment.gen.ts";
import { areLines, formatOf } from "../../fileQuery.ts";
import type { Kind } from "../../parameters/kind.ts";
import { constant, file, folder, integer, type Parameters, parameter } from "../../parameters/parameter.ts";
import type { GrowingRows } from "../cache/growingRows.ts";
import { keptSamples, likeKey, placeOf } from "../cache/keptSamples.ts";
import { allFiles, filesOnDisk, listClassFolders } from "../classFolders.ts";
import { shardsOf } from "../formats/parquet.ts";
import type { DataProblem } from "../problem.ts";
import { type Remark, type Samples, withHash } from "../samples.ts";
import { noRows } from "../tables/csvTable.ts";
import { findLabels, LabelCollector } from "../tables/labelCollector.ts";
import { progressOf } from "../tables/loadTable.ts";
import { openTable } from "../tables/openTable.ts";
import { findColumn, type Table, type TableRow } from "../tables/table.ts";
import type { TextOrPair } from "../text/textEncoder.ts";
import { openTextFolder, openTextLines, textFiles } from "../text/textFiles.ts";
import { openTokenizer, type TextEncoder, usualLimits } from "../text/tokenizer.ts";
import { withoutLabels } from "../textLabels.ts";
import { checkLike, checkSkip, taskPart } from "./arrays.ts";
import type { LoadOptions } from "./options.ts";
import {
  balanced,
  columnOf,
  labelColumns,
  labelSeparator,
  type SourceType,
  share,
  skip,
  take,
  takeSeed,
} from "./source.ts";

export type AnyText =
  | TextTableSource
  | TextFolderSource
  | TextLinesSource
  | UnlabelledTextTableSource
  | UnlabelledTextFolderSource
  | UnlabelledTextLinesSource;

const type = constant("text", "Texts, with a tokenizer.json.");

const path = (example: string) =>
  file(
    "Table with the texts, one a row: of delimited values, JSON Lines or Parquet, as the ending says. Of Parquet, a pattern of files, too: `*` matches any characters of a name.",
    [".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".gz"],
    example,
  );
const lines = (example: string) => file("File with a text a line.", [".txt", ".gz"], example);
const columns = parameter<string | number | readonly (string | number)[]>({
  description:
    "Column of the text, by name or number from 0; or the columns of two texts, which the tokenizer puts together as it does in Python.",
  oneOf: [
    ...columnOf,
    {
      description: "Columns of two texts.",
      type: "array",
      minItems: 2,
      maxItems: 2,
      items: { description: "A column, by name or number from 0.", oneOf: columnOf },
    },
  ],
  examples: ["review", ["question", "answer"]],
});
const part = {
  tokenizer: file(
    "The tokenizer, a tokenizer.json of Hugging Face: the one that the teacher knows. What it says of cutting and padding is left out.",
    [".json"],
    "tokenizer.json",
  ),
  maxLength: integer(
    "Numbers a sample. Of a longer text the end is cut off, and the marks of its end stay; behind a shorter one stands the tokenizer's number for padding, which an `embedding` leaves out by `maskToken`.",
    { minimum: 1, maximum: 65536, unit: "tokens", usual: [4, 2048], examples: [128] },
  ),
  skip,
  take,
  takeSeed,
};

const entry = (description: string, parameters: Parameters) => ({
  description,
  parameters: { type, ...parameters },
});

/** Definitions under which the schema has sources of texts. */
export const textKind: Kind = {
  name: "Source",
  prefix: "Text",
  chosenBy: "keys",
  entries: {
    table: entry("Texts of a table: one sample a row, as the numbers that a tokenizer makes of it.", {
      path: path("data/reviews.jsonl"),
      text: columns,
      label: labelColumns("Column of the label: its name, or its number from 0 (negative: from the end).", {
        examples: ["stars", 1],
      }),
      labelSeparator,
      ...part,
      balanced,
    }),
    folder: entry(
      "Texts in files of their own, .txt in UTF-8, in a folder for each class, which has the name of the class. Classes are in the order of their names.",
      {
        folder: folder(
          "Folder with a folder for each class, in which texts may lie at any depth.",
          "reviews/train",
        ),
        ...part,
        balanced,
      },
    ),
    lines: entry("Texts of a file, one a line, with their labels in a file beside it.", {
      lines: lines("data/reviews.txt"),
      labels: file(
        "File with the label of each text: one a line, as a name or a number, or an array, [texts] or [texts, outputs].",
        [".txt", ".npy", ".gz"],
        "data/stars.txt",
      ),
      ...part,
      balanced,
    }),
  },
};

export const unlabelledTextKind: Kind = {
  name: "Source",
  prefix: "UnlabelledText",
  chosenBy: "keys",
  entries: {
    table: entry("Texts of a table: one sample a row.", {
      path: path("data/more.jsonl"),
      text: columns,
      ...part,
      share,
    }),
    folder: entry("Texts in files of their own, .txt in UTF-8.", {
      folder: folder("Folder with the texts, at any depth.", "reviews/more"),
      ...part,
      share,
    }),
    lines: entry("Texts of a file, one a line.", { lines: lines("data/more.txt"), ...part, share }),
  },
};

/** Texts, as the numbers of their tokens. */
export const text: SourceType<AnyText> = {
  ...textKind,
  unlabelled: unlabelledTextKind,
  async load(source, baseDirectory, options) {
    const isLabelled = options.labels !== "none";
    const unlike = linesProblem(source, baseDirectory);
    if (unlike) return unlike;
    const tokenizer = await openTokenizer(resolve(baseDirectory, source.tokenizer), {
      ...usualLimits,
      all: options.textTime,
    });
    if ("code" in tokenizer) return tokenizer;
    const { path: _, tokenizer: __, ...made } = { path: "", ...source };
    try {
      const files = await filesOf(source, baseDirectory, isLabelled);
      const folder = "folder" in source ? resolve(baseDirectory, source.folder) : undefined;
      const named = folder && files.map((file) => relative(folder, file));
      const place = await placeOf(files, [made, named, tokenizer.facts, likeKey(options)], options);
      const [file = ""] = files;
      return await keptSamples({ place, file, storage: options.storage }, async (makeRows) => {
        const table = await openTexts(source, baseDirectory, { isLabelled });
        if ("code" in table) return table;
        try {
          return await load(table, tokenizer, { source, options, rows: makeRows() });
        } finally {
          await table.close();
        }
      });
    } finally {
      await tokenizer.close();
    }
  },
  async parts(source, baseDirectory) {
    if (!("folder" in source)) return {};
    const folder = resolve(baseDirectory, source.folder);
    const listed = await listClassFolders(folder, textFiles);
    if ("code" in listed) return {};
    const all = allFiles(listed);
    const { skip = 0, take = all.length } = source;
    const used = all.slice(skip, skip + take);
    const { folders, bytes } = await filesOnDisk(folder, { all, used });
    return { folders, bytes: 4 * bytes + fileCost * used.length };
  },
};

/** Opening a file takes as long as reading so many bytes. */
const fileCost = 2000;

/** The table that texts are in, or are read as. */
export async function openTexts(
  source: AnyText,
  baseDirectory: string,
  { isLabelled }: { readonly isLabelled: boolean },
) {
  const at = (path: string) => resolve(baseDirectory, path);
  if ("folder" in source) return openTextFolder(at(source.folder), { isLabelled });
  if ("lines" in source) {
    const labels = isLabelled && "labels" in source ? at(source.labels) : undefined;
    return openTextLines(at(source.lines), labels);
  }
  const named = [source.text, "label" in source ? source.label : undefined].flat();
  const isByName = named.some((one) => typeof one === "string");
  return openTable(at(source.path), formatOf(source.path), { isByName });
}

/** All that is read for a source. */
async function filesOf(source: AnyText, baseDirectory: string, isLabelled: boolean): Promise<string[]> {
  const at = (path: string) => resolve(baseDirectory, path);
  if ("path" in source) {
    const shards = formatOf(source.path) === "parquet" ? await shardsOf(at(source.path)) : [];
    return shards.length > 0 ? [...shards] : [at(source.path)];
  }
  if ("lines" in source)
    return [at(source.lines), ...(isLabelled && "labels" in source ? [at(source.labels)] : [])];
  const folder = at(source.folder);
  const listed = await listClassFolders(folder, textFiles);
  return "code" in listed ? [folder] : allFiles(listed).map((path) => resolve(folder, path));
}

/** The columns of a source's texts and of their label. */
export function columnsOf(source: AnyText) {
  if (!("path" in source)) return { texts: ["text"], label: "label" };
  return { texts: [source.text].flat(), label: "label" in source ? source.label : undefined };
}

/** Texts encoded at a time. */
const together = { texts: 512, characters: 100_000 };

async function load(
  table: Table,
  tokenizer: TextEncoder,
  {
    source,
    options,
    rows,
  }: { readonly source: AnyText; readonly options: LoadOptions; readonly rows: GrowingRows },
): Promise<Samples | DataProblem> {
  const { file } = table;
  const { skip = 0, take = Number.POSITIVE_INFINITY, maxLength: length } = source;
  const { like, classes: given, task, labels: labelling = "all", onRead } = options;
  const separator = "labelSeparator" in source ? source.labelSeparator : undefined;
  const named = columnsOf(source);
  const texts = named.texts.map((one) => findColumn(table, one));
  const label = findLabels(table, named.label);
  if ("code" in label) return label;
  const missing = texts.find((one) => typeof one === "object");
  if (typeof missing === "object") return missing;
  const problem =
    lengthProblem(table, tokenizer, { length, isPair: texts.length > 1 }) ??
    likeProblem(tokenizer, source, { file, like });
  if (problem) return problem;
  const [first, second] = texts as readonly number[];
  const isLabelled = label.length > 0 && labelling !== "none";
  const labels = new LabelCollector(label, table);
  const always = [...(texts as number[]), ...(isLabelled ? label : [])];
  const encoded = encoder(tokenizer, {
    file,
    length,
    column: first as number,
    isPair: texts.length > 1,
    rows,
  });
  let row = 0;
  for await (const next of table.rows({ always, columns: [], first: 0, end: 0 })) {
    if ("code" in next) return next;
    const isUsed = row >= skip && row < skip + take;
    if (isLabelled) labels.add(next, { row, isUsed });
    row++;
    if (!isUsed) continue;
    const [one, two] = [first, second].map((at) => (at === undefined ? undefined : next.cells[at]));
    const given = [String(one ?? ""), ...(second === undefined ? [] : [String(two ?? "")])];
    if (!encoded.add(given as unknown as TextOrPair, next)) continue;
    const problem = await encoded.flush();
    if (problem) return problem;
    if (rows.onDisk) onRead?.(...progressOf(table, row));
  }
  const last = await encoded.flush();
  if (last) return last;
  if (row === 0) return noRows(file);
  const tooFar = checkSkip(file, { skip, total: row });
  if (tooFar) return tooFar;
  const { count } = rows;
  const known = isLabelled
    ? labels.finish({ file: table.labelFile ?? file, like, classes: given, task, labelling, separator })
    : withoutLabels(count, like);
  if ("code" in known) return known;
  const { task: found, ...classes } = known;
  const remarks = remarksOf({ count, ...encoded.found, length });
  const values = await rows.finish();
  if ("code" in values) return values;
  const { onDisk } = rows;
  return withHash({
    count,
    shape: [length],
    ...taskPart(found),
    ...classes,
    values,
    ...(onDisk && { onDisk }),
    tokens: tokenizer.facts,
    within: { first: skip, total: row },
    ...(remarks.length > 0 && { remarks }),
  });
}

/** Encodes texts, many at a time, and puts their tokens into rows. */
function encoder(
  tokenizer: TextEncoder,
  {
    file,
    length,
    column,
    isPair,
    rows,
  }: {
    readonly file: string;
    readonly length: number;
    /** Of the table, which a mistake names. */
    readonly column: number;
    readonly isPair: boolean;
    readonly rows: GrowingRows;
  },
) {
  const marks = tokenizer.marks[isPair ? "pair" : "single"];
  const found = { cut: 0, empty: 0 };
  let [waiting, characters]: [(readonly [TextOrPair, TableRow])[], number] = [[], 0];
  return {
    /** Texts that were cut, and those without a token. */
    found: found as Readonly<typeof found>,
    /** @returns whether enough texts wait */
    add(text: TextOrPair, row: TableRow): boolean {
      waiting.push([text, row]);
      characters += text[0].length + (text[1]?.length ?? 0);
      return waiting.length >= together.texts || characters >= together.characters;
    },
    async flush(): Promise<DataProblem | undefined> {
      const encoded = await tokenizer.encode(
        waiting.map(([text]) => text),
        length,
      );
      if ("why" in encoded && encoded.isLate)
        return { code: "too-slow", message: "Its texts take longer to encode than there is time.", file };
      if ("why" in encoded) {
        const place = waiting[encoded.at]?.[1].placeOf?.(column);
        return {
          code: "bad-tokenizer",
          message: `A text cannot be encoded: ${encoded.why}.`,
          file,
          ...place,
        };
      }
      const problem = rows.addAll(encoded.ids, length);
      if (problem) return problem;
      found.cut += encoded.cut;
      found.empty += encoded.sizes.filter((size) => size === marks).length;
      [waiting, characters] = [[], 0];
      return undefined;
    },
  };
}

/** As a table a .txt file would have delimited values in it. */
function linesProblem(source: AnyText, baseDirectory: string): DataProblem | undefined {
  if (!("path" in source) || !areLines(source.path)) return undefined;
  const message =
    "A .txt file is no table. Where each of its lines is a text, name it by `lines`, and the file with a label a line by `labels`; a table of delimited values is named .csv or .tsv.";
  const file = resolve(baseDirectory, source.path);
  return { code: "unsupported-format", message, file, expected: "csv, tsv, jsonl or parquet" };
}

function lengthProblem(
  { file }: Table,
  tokenizer: TextEncoder,
  { length, isPair }: { readonly length: number; readonly isPair: boolean },
): DataProblem | undefined {
  const marks = tokenizer.marks[isPair ? "pair" : "single"];
  if (length > marks) return undefined;
  const message = `\`maxLength\` ${length} leaves no room for a text: the tokenizer puts ${marks} marks around it.`;
  return { code: "shape-mismatch", message, file, expected: `at least ${marks + 1}`, found: length };
}

/** Numbers of another tokenizer mean other words. */
function likeProblem(
  { facts }: TextEncoder,
  { maxLength, tokenizer }: AnyText,
  { file, like }: { readonly file: string; readonly like: LoadOptions["like"] },
): DataProblem | undefined {
  if (like?.tokens === undefined || like.tokens.tokenizer === facts.tokenizer)
    return checkLike(file, [maxLength], like?.shape);
  const message = `The tokenizer ${tokenizer} is another one than that of the training samples.`;
  return { code: "bad-tokenizer", message, file };
}

/** A share of cut texts above which it is reported. */
const noteworthy = 0.05;

function remarksOf({
  count,
  cut,
  empty,
  length,
}: Readonly<Record<"count" | "cut" | "empty" | "length", number>>): Remark[] {
  return [
    ...(cut > count * noteworthy
      ? [
          {
            code: "texts-cut" as const,
            message: `${cut} of ${count} texts are longer than \`maxLength\`, ${length}, and are cut off there.`,
          },
        ]
      : []),
    ...(empty > 0
      ? [
          {
            code: "texts-empty" as const,
            message: `${empty} of ${count} texts are empty: no word of theirs is seen.`,
          },
        ]
      : []),
  ];
}
