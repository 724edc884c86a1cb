import type { ColumnChunk, FileMetaData } from "hyparquet";
import type { parquetHeader } from "hyparquet/src/column.js";

/** Where a page of a column lies, as a page index in the file would have it. */
interface PageLocation {
  readonly offset: bigint;
  /** With its header. */
  readonly compressed_page_size: number;
  /** In the row group. */
  readonly first_row_index: bigint;
}

/** Of each row group, by column. */
type PagesOfGroups = readonly Readonly<Record<string, readonly PageLocation[]>>[];

/** Enough for a header without long statistics. */
const headerBytes = 2 ** 12;

/**
 * Finds the pages of flat columns by their headers, one behind the other, since most writers keep no index of them: a part of a large
 * row group is then read without all that is before it. A column whose headers are odd has none.
 * @param read as many bytes as there are
 */
export async function findPages(
  { row_groups: groups }: FileMetaData,
  isWanted: (column: string, groupRows: number) => boolean,
  read: (start: number, end: number) => Promise<ArrayBuffer>,
): Promise<PagesOfGroups> {
  const found: Record<string, readonly PageLocation[]>[] = [];
  for (const { columns, num_rows: rows } of groups) {
    const own: Record<string, readonly PageLocation[]> = {};
    for (const chunk of columns) {
      const path = chunk.meta_data?.path_in_schema ?? [];
      const [name = ""] = path;
      if (path.length !== 1 || !isWanted(name, Number(rows))) continue;
      const { parquetHeader } = await import("hyparquet/src/column.js");
      const pages = await pagesOf(chunk, rows, { read, readHeader: parquetHeader });
      if (pages !== undefined) own[name] = pages;
    }
    found.push(own);
  }
  return found;
}

async function pagesOf(
  { meta_data: meta }: ColumnChunk,
  rows: bigint,
  {
    read,
    readHeader,
  }: {
    readonly read: (start: number, end: number) => Promise<ArrayBuffer>;
    readonly readHeader: typeof parquetHeader;
  },
): Promise<readonly PageLocation[] | undefined> {
  if (meta === undefined) return undefined;
  const pages: PageLocation[] = [];
  const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
  const end = start + Number(meta.total_compressed_size);
  let row = 0n;
  try {
    for (let at = start; at < end && row < rows; ) {
      const reader = { view: new DataView(await read(at, Math.min(end, at + headerBytes))), offset: 0 };
      const { type, compressed_page_size: size, ...header } = readHeader(reader);
      const count = header.data_page_header_v2?.num_rows ?? header.data_page_header?.num_values;
      const whole = reader.offset + size;
      if (!(size >= 0) || at + whole > end) return undefined;
      if (type !== "DICTIONARY_PAGE") {
        if (count === undefined || !(count > 0)) return undefined;
        pages.push({ offset: BigInt(at), compressed_page_size: whole, first_row_index: row });
        row += BigInt(count);
      }
      at += whole;
    }
  } catch (error) {
    // A header that goes on behind what was read.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  return row === rows && pages.length > 0 ? pages : undefined;
}
