import { join, posix } from "node:path";
import { describeFirstLabels, describeTable } from "../data/descriptions/table.ts";
import { readAt, withFile } from "../data/formats/bytes.ts";
import type { DataProblem } from "../data/problem.ts";
import { statsOf } from "../data/reading.ts";
import { beginsAsTable } from "../data/tables/wholeTable.ts";
import type { ColumnFacts } from "../fileHeaders.ts";
import { formatOf, type TableFormat } from "../fileQuery.ts";
import { type FilesBelow, tokenizerIn } from "./filesBelow.ts";
import type { Candidate, FoundSource } from "./foundSource.ts";
import { areNearlyAllOthers, isEmpty, leftOutLine, mostValues, noFeature } from "./leftColumns.ts";
import { inSplits, type Split, type Splits } from "./names.ts";

const isTable = /\.(csv|tsv|jsonl|ndjson)(\.gz)?$|\.parquet$/i;
const isImagePath = /\.(png|jpe?g|webp)$/i;

/** Names that columns of labels and of images usually have. */
const labelNames =
  /^(label|labels|class|target|category|sentiment|species|outcome|survived|stars|rating|topic|intent|diagnosis|quality|digit|price|income|salary|churn|churned|exited|default|fraud|converted|purchased|approved|result|response|grade|score|.*(?:[_ ]price|[_ ]value|Price|Value))$/i;
/** Of a label, unless it is a coordinate or another measurement beside a last column of few words. */
const oftenLabel = /^y$/i;
const imageNames = /^(image|img|picture)$/i;
/** Most columns of a table that are tried as the label. */
const mostTried = 3;

/**
 * Tables of numbers and categories, of texts, of the names of images, or of images: of each the columns that may be its label.
 * @param called those of files whose names do not tell, too
 */
export function tables(below: FilesBelow, called: readonly string[] = []): Candidate[] {
  const files = below.files.filter((path) => isTable.test(path) || called.includes(path));
  /** By what stands for all of them. */
  const firsts = new Map(files.toReversed().map((path) => [allShards(path), path]));
  const read = (path: string) => columnsOf(join(below.root, firsts.get(path) ?? path), formatOf(path));
  return inSplits([...new Set(files.map(allShards))]).map((splits) => ({
    path: splits.train,
    sources: () => tableSources(below, { splits, read }),
  }));
}

/** Files in JSON that begin as tables do: programs keep many other things in such files. */
export async function tablesInJson({ root, files }: FilesBelow): Promise<string[]> {
  const paths = files.filter((path) => /\.json$/i.test(path)).slice(0, mostJson);
  const heads = await Promise.all(
    paths.map((path) =>
      withFile(join(root, path), { isAny: true }, async (opened) => ({
        head: await readAt(opened, 0, mostHead),
      })),
    ),
  );
  return paths.filter((_, at) => {
    const { head } = { head: undefined, ...heads[at] };
    return head instanceof Uint8Array && beginsAsTable(new TextDecoder().decode(head));
  });
}

/** Of files in JSON that are looked into, and of bytes of each: a line has to end there. */
const mostJson = 50;
const mostHead = 2 ** 16;

/** The pattern of all shards of a table, as Hugging Face names them: train-00000-of-00005.parquet. */
const allShards = (path: string): string => path.replace(/-\d+-of-\d+(?=\.parquet$)/i, "-*");

async function tableSources(
  below: FilesBelow,
  {
    splits,
    read,
  }: { readonly splits: Splits; readonly read: (path: string) => Promise<Columns | DataProblem> },
): Promise<FoundSource[] | DataProblem> {
  const columns = await read(splits.train);
  if ("code" in columns) return columns;
  if (isStored(columns)) return [];
  const others: { readonly split: Split; readonly path: string; readonly names: readonly string[] }[] = [];
  for (const split of ["validation", "test"] as const) {
    const path = splits[split];
    if (path === undefined) continue;
    const known = await read(path);
    others.push({ split, path, names: "code" in known ? [] : known.names });
  }
  const sources: FoundSource[] = [];
  const likely = likelyLabels(columns);
  for (const one of likely) {
    const label = one.name;
    const found = await sourceOf(below, { path: splits.train, columns, label });
    if (found === undefined) continue;
    // The test part of a competition has no labels.
    const without = others.filter(({ names }) => !names.includes(label));
    const own = { ...splits, ...Object.fromEntries(without.map(({ split }) => [split, undefined])) };
    const labelRange = columns.facts.find(({ name }) => name === label)?.range;
    const unlabelled = without.map(({ path }) => path);
    const choice = columns.names.length > 2 ? choiceOf(one, likely) : undefined;
    const firstLabels = () =>
      describeFirstLabels(join(below.root, splits.train), formatOf(splits.train), {
        label: columns.areNumbered ? Number(label) : label,
      });
    sources.push({
      firstLabels,
      splits: own,
      without: unlabelled,
      label,
      labelRange,
      choice,
      noun: "row",
      ...found,
    });
  }
  if (sources.length > 0) return sources;
  const message = "Its columns number or name the rows: none is left to learn from beside the label.";
  return { code: "missing-column", message, file: join(below.root, splits.train) };
}

/** The likeliest classes of samples, as a teacher's stored outputs have them: no samples. */
const isStored = ({ names }: Columns): boolean => ["indices", "values"].every((name) => names.includes(name));

interface Columns {
  readonly names: readonly string[];
  readonly facts: readonly ColumnFacts[];
  /** Those that are no features, as lists of words. */
  readonly unread: readonly string[];
  /** The first line has no names: columns go by their numbers. */
  readonly areNumbered: boolean;
}

async function columnsOf(file: string, format: TableFormat): Promise<Columns | DataProblem> {
  const read = async (columns: { readonly header?: boolean }): Promise<Columns | DataProblem> => {
    const found = await describeTable(file, format, { columns });
    if ("code" in found) return found;
    const { columnNames, columnFacts: facts = [], unreadColumns: unread = [] } = found;
    return {
      names: columnNames ?? facts.map(({ name }) => name),
      facts,
      unread,
      areNumbered: columnNames === undefined,
    };
  };
  const found = await read({});
  if ("code" in found) return found;
  // A first line of words above lines of words is not known to be a header, and is nearly always one.
  const areWords = found.areNumbered && found.facts.every(({ as }) => as === "category");
  return areWords ? read({ header: true }) : found;
}

interface LikelyLabel {
  readonly name: string;
  /** Why it is taken, a part of a sentence. */
  readonly why: string;
}

/** The columns that may be the label, the likeliest first. */
function likelyLabels({ names, facts, unread }: Columns): readonly LikelyLabel[] {
  const factsOf = (name: string) => facts.find((column) => column.name === name);
  const isSmall = (name: string): boolean => {
    const { different = 0, as } = factsOf(name) ?? {};
    return as === "boolean" || (different >= 2 && different <= mostValues);
  };
  const last = names.slice(-1);
  const fewLast = last.filter(isSmall);
  const called = names.filter((name) => oftenLabel.test(name));
  const isBeside = (name: string) =>
    fewLast.length > 0 && !fewLast.includes(name) && isMeasured(factsOf(name));
  const likely: readonly (readonly [columns: readonly string[], why: string])[] = [
    // Most tables end with what is learned of the other columns.
    [[...last, ...names].filter((name) => labelNames.test(name)), "as its name says"],
    [called.filter((name) => !isBeside(name)), "as its name says"],
    [fewLast, "as the last column, of few values"],
    [unread, "as its cells are lists of words"],
    [called, "as its name says"],
    [names.filter(isSmall), "as it has few values"],
    [last, "as the last column"],
  ];
  const found = new Map<string, string>();
  for (const [columns, why] of likely) for (const name of columns) if (!found.has(name)) found.set(name, why);
  return [...found].map(([name, why]) => ({ name, why })).slice(0, mostTried);
}

/** Numbers that are no classes: some have a fraction, or they are far apart. */
function isMeasured({ as, range: [least, most] = [0, 0] }: Partial<ColumnFacts> = {}): boolean {
  return as === "number" && !(Number.isInteger(least) && Number.isInteger(most) && most - least < mostValues);
}

/** Which column is learned, why, and what else it may be, for a person to change. */
function choiceOf({ name, why }: LikelyLabel, likely: readonly LikelyLabel[]): string {
  const others = likely.filter((other) => other.name !== name).map((other) => JSON.stringify(other.name));
  const also = others.length === 0 ? "" : `, for example ${others.join(" or ")}`;
  return `Column ${JSON.stringify(name)} is the label, ${why}. To learn another one, write it as "label"${also}`;
}

/** How an experiment names the table, once one of its columns is the label; undefined where nothing is left to learn from. */
async function sourceOf(
  below: FilesBelow,
  {
    path: table,
    columns,
    label: name,
  }: { readonly path: string; readonly columns: Columns; readonly label: string },
): Promise<Pick<FoundSource, "source" | "isSized" | "leftColumns"> | undefined> {
  const format = formatOf(table);
  const { names, areNumbered } = columns;
  const asWritten = (column: string) => (areNumbered ? Number(column) : column);
  const label = asWritten(name);
  const others = names.filter((other) => other !== name);
  const factsOf = (column: string) => columns.facts.find((facts) => facts.name === column);

  const images = others.find((column) => {
    const { frequent = [] } = factsOf(column) ?? {};
    return frequent.length > 0 && frequent.every(([text]) => isImagePath.test(text));
  });
  if (images !== undefined) {
    const root = await rootOf(below, table, factsOf(images)?.frequent?.[0]?.[0] ?? "");
    return {
      isSized: true,
      source: (path, { at, size }) => ({
        type: "images",
        table: at(path),
        path: asWritten(images),
        ...(root !== undefined && { root: at(root) }),
        label,
        size,
      }),
    };
  }
  const pictures = format === "parquet" ? others.find((column) => imageNames.test(column)) : undefined;
  if (pictures !== undefined)
    return {
      isSized: true,
      source: (path, { at, size }) => ({ type: "parquet", path: at(path), image: pictures, label, size }),
    };

  const text = others.find((column) => isText(factsOf(column)));
  const left = new Map<string, string>();
  for (const column of others) {
    const why = noFeature(column, factsOf(column), columns.unread);
    if (why !== undefined) left.set(column, why);
  }
  const known = others.filter((column) => !left.has(column));
  const filled = known.filter((column) => !isEmpty(factsOf(column)));
  // Where all are empty, that is what `check` says.
  const features = filled.length > 0 ? filled : known;
  const tokenizer = tokenizerIn(below);
  if (text !== undefined && (tokenizer !== undefined || features.length === 0))
    return {
      source: (path, { at }) => ({
        type: "text",
        path: at(path),
        text: asWritten(text),
        label,
        tokenizer: at(tokenizer ?? "tokenizer.json"),
        maxLength: 64,
      }),
    };
  if (features.length === 0) return undefined;
  for (const column of known) if (!features.includes(column)) left.set(column, "without a value in any row");
  const chosen = features.length === others.length ? {} : { features: features.map(asWritten) };
  return {
    leftColumns: leftOutLine(left),
    source: (path, { at }) => ({ type: format, path: at(path), label, ...chosen }),
  };
}

/** The folder that the paths of images in a table start from, where it is not the table's own. @param image one of the paths */
async function rootOf(
  { root, folders }: FilesBelow,
  table: string,
  image: string,
): Promise<string | undefined> {
  const isThere = async (folder: string) => (await statsOf(join(root, folder, image)))?.isFile() === true;
  if (await isThere(posix.dirname(table))) return undefined;
  const own = posix.dirname(posix.normalize(image));
  for (const folder of folders.keys()) {
    const isAbove = own === "." || folders.has(posix.join(folder, own));
    if (isAbove && (await isThere(folder))) return folder;
  }
  return undefined;
}

/** Sentences, and not names of categories: nearly every row has another one, of several words. */
const isText = (facts: Partial<ColumnFacts> = {}): boolean =>
  areNearlyAllOthers(facts) && (facts.frequent ?? []).some(([text]) => / .* /.test(text));
