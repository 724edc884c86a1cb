import { basename, dirname, join } from "node:path";
import type { AsyncBuffer, Compressors, FileMetaData, SchemaTree } from "hyparquet";
import type { DataProblem } from "../problem.ts";
import { entriesOf } from "../reading.ts";
import type { ColumnKind } from "../tables/table.ts";
import { fileProblem, openFile } from "./bytes.ts";
import { findPages } from "./parquetPages.ts";
import { clockIn, timeZonesOf } from "./timeZones.ts";

export interface ParquetFile {
  readonly file: string;
  readonly rows: number;
  readonly bytes: number;
  /** Of the first row group, unpacked: what reading the first rows takes. */
  readonly groupBytes: number;
  readonly columns: readonly { readonly name: string; readonly kind: ColumnKind }[];
  /** Of labels, by column, as Hugging Face's datasets keeps them. */
  readonly classNames: Readonly<Record<string, readonly string[]>>;
  /** Cells of rows from `first` on, before `end`: some rows after the other, each time a list for each column. */
  cellsOf(
    columns: readonly string[],
    first: number,
    end: number,
  ): AsyncGenerator<readonly ArrayLike<unknown>[]>;
  close(): Promise<void>;
}

/** Bytes that cells take which are decoded at once, of columns of which a part can be: of those the pages are that it lies in. */
const mostDecoded = 2 ** 26;

/** The files that a path stands for: `*` and `?` in its last part fit names in the folder, in the order of their names. */
export async function shardsOf(path: string): Promise<readonly string[]> {
  const pattern = basename(path);
  if (!/[*?]/.test(pattern)) return [path];
  const escaped = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  const fits = new RegExp(`^${escaped}$`, "s");
  const names = ((await entriesOf(dirname(path))) ?? []).map(({ name }) => name);
  return names
    .filter((name) => fits.test(name))
    .toSorted()
    .map((name) => join(dirname(path), name));
}

/** Opens a Parquet file and reads its footer. Pages are unpacked and decoded in JavaScript and WebAssembly. */
export async function openParquet(file: string): Promise<ParquetFile | DataProblem> {
  try {
    const opened = await openFile(file, { isParquet: true });
    if ("code" in opened) return opened;
    const { handle, size } = opened;
    const slice = async (start: number, given = size) => {
      const end = Math.min(given, size);
      const bytes = new Uint8Array(Math.max(0, end - start));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
      return bytes.buffer.slice(0, bytesRead);
    };
    const torn = tornEnd(await slice(0, 4), await slice(Math.max(0, size - 4)));
    if (torn !== undefined) {
      await handle.close();
      return { code: "corrupt", message: `This is no whole Parquet file: ${torn}.`, file };
    }
    const buffer: AsyncBuffer = { byteLength: size, slice };
    const [{ parquetMetadataAsync, parquetScan, parquetSchema }, { compressors }] = await Promise.all([
      import("hyparquet"),
      import("hyparquet-compressors"),
    ]);
    try {
      const metadata = await parquetMetadataAsync(buffer);
      const schema = parquetSchema(metadata).children;
      const clocks = new Map(
        [...timeZonesOf(metadata)].map(([name, zone]) => [name, clockIn(zone)] as const),
      );
      return {
        file,
        rows: Number(metadata.num_rows),
        bytes: size,
        groupBytes: Number(metadata.row_groups[0]?.total_byte_size ?? 0),
        columns: schema.map((child) => ({
          name: child.element.name,
          kind: kindOf(child),
        })),
        classNames: classNamesOf(metadata),
        async *cellsOf(requested, first, end) {
          const names = [...requested];
          const read = schema.filter(({ element }) => names.includes(element.name));
          const rowBytes = read.reduce((sum, { element }) => sum + decodedBytes(element.type), 0);
          // A column of lists is decoded whole, whichever rows of it are asked for.
          const most = read.every(isFlat)
            ? Math.max(1024, Math.floor(mostDecoded / rowBytes))
            : Number.POSITIVE_INFINITY;
          const isWanted = (column: string, rows: number) => rows > most && names.includes(column);
          const pages = await findPages(metadata, isWanted, slice);
          const scan = await parquetScan({
            file: buffer,
            metadata,
            columns: names,
            compressors: compressors as Compressors,
            utf8: false, // else the bytes of an image become a text
            ...{ pageLocationsByGroup: pages },
          });
          for (const { rowStart, rowEnd } of scan.ranges) {
            const to = Math.min(end, rowEnd);
            for (let from = Math.max(first, rowStart); from < to; from += most) {
              const part = { rowStart: from, rowEnd: Math.min(from + most, to) };
              const cells: ArrayLike<unknown>[] = [];
              // One behind the other: the packed bytes of all columns may be more than there is room for.
              for (const column of names) {
                const read = await scan.readColumn({ column, ...part });
                const clock = clocks.get(column);
                const shown = (cell: unknown) => (cell instanceof Date ? clock?.(cell) : cell);
                cells.push(clock === undefined ? read : Array.from(read as ArrayLike<unknown>, shown));
              }
              yield cells;
            }
          }
        },
        close: () => handle.close(),
      };
    } catch (error) {
      await handle.close();
      return damaged(file, error);
    }
  } catch (error) {
    return fileProblem(file, error);
  }
}

/** About what a cell takes in memory: a double, a BigInt, or an object with a few bytes. */
function decodedBytes(type: SchemaTree["element"]["type"]): number {
  if (type === "INT64" || type === "INT96") return 32;
  return type === "BYTE_ARRAY" || type === "FIXED_LEN_BYTE_ARRAY" ? 64 : 8;
}

const isFlat = ({ children, element }: SchemaTree): boolean =>
  children.length === 0 && element.repetition_type !== "REPEATED";

/** What keeps a file from being a whole one, by its first and last four bytes. */
function tornEnd(head: ArrayBuffer, tail: ArrayBuffer): string | undefined {
  const isMark = (bytes: ArrayBuffer) => /^PAR[1E]$/.test(String.fromCharCode(...new Uint8Array(bytes)));
  if (!isMark(head)) return 'it does not begin with "PAR1"';
  return isMark(tail) ? undefined : 'it does not end with "PAR1", so it is cut off. Copy or write it again';
}

/** The page reader's error for a file that it cannot decode. */
export function damaged(file: string, error: unknown): DataProblem {
  if (!(error instanceof Error)) throw error;
  const [why = ""] = error.message.replace(/^parquet /, "").split("\n");
  return { code: "corrupt", message: `This is no whole Parquet file: ${why.replace(/\.$/, "")}.`, file };
}

function kindOf({ element, children }: SchemaTree): ColumnKind {
  const { type, converted_type: converted, logical_type: logical } = element;
  if (children.length > 0) {
    const leaf = children[0]?.children[0];
    if (converted === "LIST" || logical?.type === "LIST")
      return leaf !== undefined && /^numbers?$/.test(kindOf(leaf)) ? "numbers" : "other";
    return children.some((child) => child.element.name === "bytes") ? "image" : "other";
  }
  if (type === "INT96" || /DATE|TIMESTAMP/.test(`${converted} ${logical?.type}`)) return "time";
  if (/TIME/.test(`${converted} ${logical?.type}`)) return "other";
  if (type === "BOOLEAN") return "boolean";
  if (type === "BYTE_ARRAY") return converted === "UTF8" || logical?.type === "STRING" ? "text" : "image";
  return type === "FIXED_LEN_BYTE_ARRAY" && logical?.type !== "FLOAT16" && converted !== "DECIMAL"
    ? "other"
    : "number";
}

function classNamesOf({ key_value_metadata: pairs = [] }: FileMetaData): Record<string, readonly string[]> {
  const text = pairs.find(({ key }) => key === "huggingface")?.value;
  try {
    const { info } = JSON.parse(text ?? "{}") as {
      info?: { features?: Record<string, { names?: unknown } | null> };
    };
    const named = Object.entries(info?.features ?? {}).flatMap(([column, feature]) => {
      const names = feature?.names;
      return Array.isArray(names) && names.every((name): name is string => typeof name === "string")
        ? [[column, names] as const]
        : [];
    });
    return Object.fromEntries(named);
  } catch {
    return {};
  }
}
