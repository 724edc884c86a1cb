import type { OutputsQuery } from "../../fileQuery.ts";
import { type ArrayHeader, checkSize } from "../formats/array.ts";
import { type OpenFile, openBytes, openFile, plainBytes, readAt } from "../formats/bytes.ts";
import { readNpyHeader } from "../formats/npy.ts";
import { readSafetensorsHeader, type StoredTensor } from "../formats/safetensors.ts";
import { openZipEntry, readZipDirectory } from "../formats/zip.ts";
import { type DataProblem, isProblem } from "../problem.ts";
import type { SampleValues } from "../sampleValues.ts";
import { arrayValues } from "../sources/arrayValues.ts";
import { arrayName } from "../sources/npz.ts";
import { behindHeader, idsIn, type OpenArray } from "../sources/openArray.ts";
import { type ExpectedOutputs, type OutputsShape, type OutputsTable, usualNames } from "./outputsTable.ts";
import { topKTable } from "./topK.ts";

/** The arrays of a file; that of an .npy file has no name. */
interface OutputArrays {
  readonly file: string;
  readonly names: readonly string[];
  open(name: string): Promise<OpenArray | DataProblem>;
  close(): Promise<void>;
}

/** @returns how long a file is that holds no arrays */
export async function openOutputArrays(
  file: string,
): Promise<OutputArrays | DataProblem | { readonly bytes: number }> {
  const opened = await openFile(file, { isJsonl: true, isParquet: true });
  if ("code" in opened) return opened;
  const arrays = await arraysIn(opened);
  if (arrays === undefined || "code" in arrays) await opened.handle.close();
  return arrays ?? { bytes: opened.size };
}

async function arraysIn(opened: OpenFile): Promise<OutputArrays | DataProblem | undefined> {
  const { file } = opened;
  const head = await readAt(opened, 0, 9);
  if ("code" in head) return head;
  const magic = String.fromCharCode(...head);
  const close = () => opened.handle.close();
  if (magic.startsWith("PK")) {
    const entries = await readZipDirectory(opened);
    if ("code" in entries) return entries;
    const named = new Map(entries.map((entry) => [arrayName(entry), entry]));
    return {
      file,
      names: [...named.keys()],
      async open(name) {
        const entry = named.get(name);
        if (entry === undefined) return absent(file, [...named.keys()], name);
        const source = await openZipEntry(opened, entry);
        return "code" in source ? source : behindHeader(source, readNpyHeader);
      },
      close,
    };
  }
  if (magic.startsWith("\x93NUMPY")) {
    const open = async () => {
      const source = await openBytes(file);
      return "code" in source ? source : behindHeader(source, readNpyHeader);
    };
    return { file, names: [""], open, close };
  }
  // Eight bytes of length before a brace; a short text cannot have a zero there.
  if (head[8] !== 0x7b || head[7] !== 0) return undefined;
  const found = await readSafetensorsHeader(opened);
  if ("code" in found) return found;
  const { tensors } = found;
  return {
    file,
    names: [...tensors.keys()],
    async open(name) {
      const tensor = tensors.get(name);
      return tensor === undefined
        ? absent(file, [...tensors.keys()], name)
        : tensorArray(opened, name, tensor);
    },
    close,
  };
}

function tensorArray(
  opened: OpenFile,
  name: string,
  { kind, dtype, shape, start, end }: StoredTensor,
): OpenArray | DataProblem {
  if (kind === undefined) {
    const message = `The tensor "${name}" has the type ${dtype}, which is not read.`;
    return { code: "unsupported-dtype", message, file: opened.file };
  }
  const header = { type: { kind, littleEndian: true }, shape, columnMajor: false, dataOffset: 0 };
  return { source: plainBytes(opened, start, end - start), header };
}

/** Outputs in one array, or in two of which one says which classes the other's values are of. */
export async function outputsInArrays(
  arrays: OutputArrays,
  query: OutputsQuery,
  expected: ExpectedOutputs | undefined,
): Promise<OutputsTable | OutputsShape | DataProblem> {
  const { file } = arrays;
  const ids = expected && query.id !== undefined ? await readIds(arrays, query.id) : undefined;
  if (ids && "code" in ids) return ids;
  const names = arrays.names.filter((name) => name !== query.id);
  const pair = pairIn(names, query);
  const table = pair
    ? await likeliest(arrays, pair, expected)
    : await whole(arrays, chosenArray(file, names, query), expected);
  if ("code" in table) return table;
  if (ids && ids.length !== table.rows) {
    const message = `There are ${ids.length} ids for ${table.rows} rows of outputs.`;
    return { code: "count-mismatch", message, file, expected: table.rows, found: ids.length };
  }
  return ids ? { ...table, ids } : table;
}

async function readIds(arrays: OutputArrays, name: string): Promise<readonly string[] | DataProblem> {
  const opened = await arrays.open(name);
  return "code" in opened ? opened : idsIn(opened);
}

interface Pair {
  readonly indices: string;
  readonly values: string;
}

/** `indices` and `values`, behind the name of the samples or of the array that is asked for, where there are several. */
function pairIn(names: readonly string[], { array, source }: OutputsQuery): Pair | undefined {
  const prefixes = array === undefined ? [`${source}.`, `${source}_`, ""] : [`${array}.`, `${array}_`];
  const prefix = prefixes.find((prefix) =>
    ["indices", "values"].every((part) => names.includes(`${prefix}${part}`)),
  );
  return prefix === undefined ? undefined : { indices: `${prefix}indices`, values: `${prefix}values` };
}

async function likeliest(
  arrays: OutputArrays,
  pair: Pair,
  expected: ExpectedOutputs | undefined,
): Promise<OutputsTable | OutputsShape | DataProblem> {
  const { file } = arrays;
  if (expected === undefined) {
    const opened = await arrays.open(pair.values);
    if ("code" in opened) return opened;
    await opened.source.close();
    return { file, rows: opened.header.shape[0] ?? 0, dtype: opened.header.type.kind };
  }
  const indices = await arrays.open(pair.indices);
  if ("code" in indices) return indices;
  const values = await arrays.open(pair.values);
  if ("code" in values) {
    await indices.source.close();
    return values;
  }
  try {
    const shapes = [indices.header.shape, values.header.shape].map((shape) => `[${shape.join(", ")}]`);
    if (values.header.shape.length !== 2 || shapes[0] !== shapes[1]) {
      const message = `"${pair.indices}" and "${pair.values}" do not belong together.`;
      return {
        code: "shape-mismatch",
        message,
        file,
        expected: "[samples, k] each",
        found: shapes.join(" and "),
      };
    }
    const read = [await numbersIn(indices, expected), await numbersIn(values, expected)] as const;
    const problem = read.find(isProblem);
    if (problem !== undefined) return problem;
    const [of, shares] = read as readonly [SampleValues, SampleValues];
    return topKTable({ file, indices: of, values: shares }, expected);
  } finally {
    await indices.source.close();
    await values.source.close();
  }
}

/** All numbers of an array, [rows, numbers of a row], in memory or on disk. */
async function numbersIn(array: OpenArray, use: ExpectedOutputs): Promise<SampleValues | DataProblem> {
  const [rows = 0, ...own] = array.header.shape;
  const part = { skip: 0, end: rows, shape: own.length === 0 ? [1] : own, asFloats: true };
  const read = await arrayValues(array, part, use);
  return "code" in read ? read : read.values;
}

/** The array that is asked for; else the one that is called as the samples are, or as what it holds; else the only one. */
function chosenArray(
  file: string,
  names: readonly string[],
  { array, source }: OutputsQuery,
): string | DataProblem {
  const likely = array === undefined ? [source, ...usualNames] : [array];
  const name = likely.find((name) => names.includes(name));
  if (name !== undefined) return name;
  const [only] = names;
  if (array === undefined && names.length === 1 && only !== undefined) return only;
  if (array !== undefined && only !== "") return absent(file, names, array);
  if (only === "") return "";
  const message = "Which array has the teacher's outputs is not clear: name it with `array`.";
  return { code: "missing-array", message, file, expected: listOf(names) };
}

const absent = (file: string, names: readonly string[], array: string): DataProblem => ({
  code: "missing-array",
  message: `There is no array "${array}" in the ${file.toLowerCase().endsWith(".safetensors") ? "file" : "archive"}.`,
  file,
  expected: listOf(names),
  found: array,
});

const listOf = (names: readonly string[]): string =>
  names.length === 0 ? "an archive with arrays" : names.slice(0, 20).join(", ");

async function whole(
  arrays: OutputArrays,
  name: string | DataProblem,
  expected: ExpectedOutputs | undefined,
): Promise<OutputsTable | OutputsShape | DataProblem> {
  if (typeof name === "object") return name;
  const opened = await arrays.open(name);
  if ("code" in opened) return opened;
  const { source, header } = opened;
  try {
    const [rows = 0] = header.shape;
    const problem = checkSize(source, header) ?? shapeProblem(source.file, header);
    if (problem !== undefined) return problem;
    const [columns = 1] = axesOf(header);
    const shape = { file: source.file, rows, columns, dtype: header.type.kind };
    if (expected === undefined) return shape;
    const values = await numbersIn(opened, expected);
    return "code" in values ? values : { ...shape, values };
  } finally {
    await source.close();
  }
}

/** Of one sample, without those of 1 that a global pooling leaves behind. */
const axesOf = ({ shape: [, ...own] }: Pick<ArrayHeader, "shape">): readonly number[] => {
  const last = own.findLastIndex((extent) => extent !== 1);
  return own.slice(0, Math.max(1, last + 1));
};

function shapeProblem(file: string, { shape }: ArrayHeader): DataProblem | undefined {
  const found = `[${shape.join(", ")}]`;
  if (shape.length > 0 && shape.includes(0))
    return {
      code: "no-samples",
      message: "The array is empty.",
      file,
      expected: "[samples, classes]",
      found,
    };
  if (shape.length > 0 && axesOf({ shape }).length <= 1) return undefined;
  const message = "The array has more axes than samples and classes.";
  return { code: "shape-mismatch", message, file, expected: "[samples, classes]", found };
}
