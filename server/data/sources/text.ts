import { resolve } from "node:path";
import { setImmediate as othersTurn } from "node:timers/promises";
import type { TextSource, UnlabelledTextSource } from "../../../schemas/experiment.gen.ts";
import { areLines, formatOf } from "../../fileQuery.ts";
import { file, integer, parameter } from "../../parameters/parameter.ts";
import { noLabel } from "../labels.ts";
import { machineMemory } from "../machineMemory.ts";
import type { DataProblem } from "../problem.ts";
import { hashed, type Remark, type Samples } from "../samples.ts";
import { noRows } from "../tables/csvTable.ts";
import { LabelCollector } from "../tables/loadTable.ts";
import { openTable } from "../tables/openTable.ts";
import { findColumn, type Table, type TableRow } from "../tables/table.ts";
import { openTokenizer, type TextEncoder, type TextOrPair, usualPatience } from "../text/tokenizer.ts";
import { checkLike, checkSkip, taskPart } from "./arrays.ts";
import type { LoadOptions } from "./options.ts";
import { column, columnOf, type SourceType, skip, take } from "./source.ts";

type AnyText = TextSource | UnlabelledTextSource;

const path = (example: string) =>
  file(
    "Table with the texts, one a row: of delimited values, JSON Lines or Parquet, as the ending says.",
    [".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".gz"],
    example,
  );
const part = {
  text: parameter<string | number | readonly (string | number)[]>({
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
  }),
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
};

/** Texts of a table, as the numbers of their tokens. */
export const text: SourceType<AnyText> = {
  description: "Texts: one sample a row of a table, as the numbers that a tokenizer makes of it.",
  hint: "Texts of a table, with a tokenizer.json.",
  parameters: {
    path: path("data/reviews.jsonl"),
    label: column("Column of the label: its name, or its number from 0 (negative: from the end).", {
      examples: ["stars", 1],
    }),
    ...part,
  },
  unlabelled: {
    description: "Texts: one sample a row of a table.",
    hint: "Texts of a table, with a tokenizer.json.",
    parameters: { path: path("data/more.jsonl"), ...part },
  },
  async load(source, baseDirectory, options) {
    const lines = linesProblem(resolve(baseDirectory, source.path));
    if (lines) return lines;
    const tokenizer = await openTokenizer(resolve(baseDirectory, source.tokenizer), {
      ...usualPatience,
      all: options.textTime,
    });
    if ("code" in tokenizer) return tokenizer;
    const file = resolve(baseDirectory, source.path);
    const named = [source.text, "label" in source ? source.label : undefined].flat();
    const isByName = named.some((one) => typeof one === "string");
    const table = await openTable(file, formatOf(file), { isByName });
    if ("code" in table) return table;
    try {
      return await load(table, tokenizer, { source, options });
    } finally {
      await table.close();
    }
  },
};

/** As many texts are encoded at once. */
const together = { texts: 512, characters: 100_000 };

async function load(
  table: Table,
  tokenizer: TextEncoder,
  { source, options }: { readonly source: AnyText; readonly options: LoadOptions },
): Promise<Samples | DataProblem> {
  const { file } = table;
  const { skip = 0, take = Number.POSITIVE_INFINITY, maxLength: length } = source;
  const { like, classes: given, task, labels: labelling = "all" } = options;
  const texts = [source.text].flat().map((one) => findColumn(table, one));
  const label = "label" in source ? findColumn(table, source.label) : undefined;
  const missing = [...texts, label].find((one) => typeof one === "object");
  if (typeof missing === "object") return missing;
  const problem =
    lengthProblem(table, tokenizer, { length, isPair: texts.length > 1 }) ??
    likeProblem(tokenizer, source, { file, like });
  if (problem) return problem;
  const [first, second] = texts as readonly number[];
  const isLabelled = label !== undefined && labelling !== "none";
  const labels = new LabelCollector(label as number | undefined, table);
  let [values, row, count, cut, empty] = [new Float32Array(0), 0, 0, 0, 0];
  const always = [...(texts as number[]), ...(isLabelled ? [label as number] : [])];
  let [waiting, characters]: [(readonly [TextOrPair, TableRow])[], number] = [[], 0];
  const encodeWaiting = (): DataProblem | undefined => {
    const needed = (count + waiting.length) * length;
    if (needed > values.length) {
      if (values.length * 6 > machineMemory()) return tooLarge(file, count, length);
      const more = new Float32Array(Math.max(needed, values.length * 2));
      more.set(values);
      values = more;
    }
    const encoded = tokenizer.encode(
      waiting.map(([text]) => text),
      length,
    );
    if ("why" in encoded && encoded.isLate)
      return { code: "too-slow", message: "Its texts take longer to encode than there is time.", file };
    if ("why" in encoded) {
      const place = waiting[encoded.at]?.[1].placeOf?.(first as number);
      return { code: "bad-tokenizer", message: `A text cannot be encoded: ${encoded.why}.`, file, ...place };
    }
    for (const { ids, isCut } of encoded) {
      if (isCut) cut++;
      if (ids.length === tokenizer.marks(second !== undefined)) empty++;
      values.fill(tokenizer.facts.padding, count * length, (count + 1) * length);
      values.set(ids, count * length);
      count++;
    }
    [waiting, characters] = [[], 0];
    return undefined;
  };
  for await (const next of table.rows({ always, columns: [], first: 0, end: 0 })) {
    if ("code" in next) return next;
    const isUsed = row >= skip && row < skip + take;
    if (isLabelled) labels.add(next, { row, isUsed });
    row++;
    if (!isUsed) continue;
    const [one, two] = [first, second].map((at) => (at === undefined ? undefined : next.cells[at]));
    waiting.push([
      [String(one ?? ""), ...(second === undefined ? [] : [String(two ?? "")])] as unknown as TextOrPair,
      next,
    ]);
    characters += String(one ?? "").length + String(two ?? "").length;
    if (waiting.length < together.texts && characters < together.characters) continue;
    const problem = encodeWaiting();
    if (problem) return problem;
    await othersTurn(); // Of an editor's requests, some may be waiting.
  }
  const last = encodeWaiting();
  if (last) return last;
  if (row === 0) return noRows(file);
  const tooFar = checkSkip(file, { skip, total: row });
  if (tooFar) return tooFar;
  const known = isLabelled
    ? labels.finish({ file, like, classes: given, task, labelling })
    : {
        task: like?.task,
        labels: new Int32Array(count).fill(noLabel),
        classes: like?.classes ?? 0,
        ...(like?.classNames && { classNames: like.classNames }),
      };
  if ("code" in known) return known;
  const { task: found, ...classes } = known;
  const remarks = remarksOf({ count, cut, empty, length });
  return hashed({
    count,
    shape: [length],
    ...taskPart(found),
    ...classes,
    storage: values.slice(0, count * length),
    tokens: tokenizer.facts,
    within: { first: skip, total: row },
    ...(remarks.length > 0 && { remarks }),
  });
}

/** A text a line, or delimited values: either would be wrong for the other, and a line has no label. */
function linesProblem(file: string): DataProblem | undefined {
  if (!areLines(file)) return undefined;
  const message =
    'A .txt file does not say where a text ends and what its label is. Write a row a text, as {"text": "…", "label": "…"} in a .jsonl file; a table of delimited values is named .csv or .tsv.';
  return { code: "unsupported-format", message, file, expected: "csv, tsv, jsonl or parquet" };
}

function lengthProblem(
  { file }: Table,
  tokenizer: TextEncoder,
  { length, isPair }: { readonly length: number; readonly isPair: boolean },
): DataProblem | undefined {
  const marks = tokenizer.marks(isPair);
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

const tooLarge = (file: string, count: number, length: number): DataProblem => ({
  code: "too-large",
  message: "The data does not fit into memory; `take` fewer samples.",
  file,
  found: `more than ${count} samples of ${length} numbers`,
});

/** A share of cut texts above which that is said. */
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
