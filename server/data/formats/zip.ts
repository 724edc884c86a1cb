import { crc32 } from "node:zlib";
import type { DataProblem } from "../problem.ts";
import { type ByteSource, inflatedBytes, type OpenFile, plainBytes, readAt } from "./bytes.ts";
import { truncated } from "./elements.ts";

/** A file in a zip archive, as the central directory lists it (PKWARE, "APPNOTE.TXT", 4.3 and 4.5). */
export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly encrypted: boolean;
  readonly checksum: number;
  readonly packedSize: number;
  readonly size: number;
  readonly headerOffset: number;
}

const endSignature = 0x06054b50;
const end64Signature = 0x06064b50;
const end64LocatorSignature = 0x07064b50;
const entrySignature = 0x02014b50;
const localSignature = 0x04034b50;

/** The end record is 22 bytes and a comment of up to 65,535. */
const endSearch = 22 + 0xffff;

/** A directory of more bytes than this would list about a million files. */
const largestDirectory = 2 ** 26;

/** Lists an archive from its central directory, which stands at the end; the files themselves are not read. */
export async function readZipDirectory(archive: OpenFile): Promise<readonly ZipEntry[] | DataProblem> {
  const start = await readAt(archive, 0, 4);
  if ("code" in start) return start;
  const signature = start.length < 4 ? 0 : viewOf(start).getUint32(0, true);
  if (signature !== localSignature && signature !== endSignature) {
    return {
      code: "wrong-magic",
      message: "This is not a zip archive.",
      file: archive.file,
      offset: 0,
      expected: "50 4b 03 04",
    };
  }
  const place = await findDirectory(archive);
  if ("code" in place) return place;
  if (place.offset + place.size > archive.size || place.size > largestDirectory) {
    return corrupt(archive, place.offset, "The directory of the archive does not fit into the file.");
  }
  const bytes = await readAt(archive, place.offset, place.size);
  return "code" in bytes ? bytes : parseEntries(archive, bytes, place);
}

/** The bytes of one entry, unpacked; a wrong checksum is found when the last byte has been read. */
export async function openZipEntry(archive: OpenFile, entry: ZipEntry): Promise<ByteSource | DataProblem> {
  const { file } = archive;
  if (entry.encrypted || (entry.method !== 0 && entry.method !== 8)) {
    const found = entry.encrypted ? "encrypted" : `method ${entry.method}`;
    return {
      code: "corrupt",
      message: `${entry.name} is packed in an unknown way.`,
      file,
      offset: entry.headerOffset,
      expected: "stored or deflated",
      found,
    };
  }
  if (entry.headerOffset + 30 > archive.size) return truncated(file, archive.size, entry.headerOffset + 30);
  const header = await readAt(archive, entry.headerOffset, 30);
  if ("code" in header) return header;
  if (header.length < 30 || viewOf(header).getUint32(0, true) !== localSignature) {
    return corrupt(archive, entry.headerOffset, `${entry.name} is not where the directory says.`);
  }
  const start =
    entry.headerOffset + 30 + viewOf(header).getUint16(26, true) + viewOf(header).getUint16(28, true);
  if (start + entry.packedSize > archive.size) return truncated(file, archive.size, start + entry.packedSize);
  if (entry.method === 0 && entry.packedSize !== entry.size) {
    return corrupt(archive, entry.headerOffset, `${entry.name} has two sizes.`);
  }
  if (entry.packedSize === 0) return corrupt(archive, start, `${entry.name} is empty.`);
  return checked(
    entry.method === 0
      ? plainBytes(archive, start, entry.packedSize)
      : { ...inflatedBytes(archive, "deflate", start, entry.packedSize), size: entry.size },
    entry,
  );
}

function checked(source: ByteSource, { name, checksum, size }: ZipEntry): ByteSource {
  let sum = 0;
  let position = 0;
  return {
    ...source,
    file: `${source.file}/${name}`,
    archive: source.file,
    async read(into) {
      const count = await source.read(into);
      if (typeof count === "object") return count;
      sum = crc32(into.subarray(0, count), sum);
      position += count;
      if (position === size && sum !== checksum) {
        return {
          code: "corrupt",
          message: `${name} is damaged: its checksum does not fit.`,
          file: source.file,
          expected: checksum.toString(16),
          found: sum.toString(16),
        };
      }
      return count;
    },
  };
}

interface Place {
  readonly offset: number;
  readonly size: number;
  readonly entries: number;
}

async function findDirectory(archive: OpenFile): Promise<Place | DataProblem> {
  const length = Math.min(archive.size, endSearch);
  const tail = await readAt(archive, archive.size - length, length);
  if ("code" in tail) return tail;
  const view = viewOf(tail);
  for (let at = tail.length - 22; at >= 0; at--) {
    if (view.getUint32(at, true) !== endSignature) continue;
    const place = {
      entries: view.getUint16(at + 10, true),
      size: view.getUint32(at + 12, true),
      offset: view.getUint32(at + 16, true),
    };
    const is64 = at >= 20 && view.getUint32(at - 20, true) === end64LocatorSignature;
    return is64 ? findDirectory64(archive, Number(view.getBigUint64(at - 12, true))) : place;
  }
  return {
    code: "truncated",
    message: "The archive has no directory at its end; it is truncated.",
    file: archive.file,
    offset: archive.size,
  };
}

async function findDirectory64(archive: OpenFile, offset: number): Promise<Place | DataProblem> {
  if (offset + 56 > archive.size) return corrupt(archive, offset, "The zip64 record is outside the file.");
  const record = await readAt(archive, offset, 56);
  if ("code" in record) return record;
  const view = viewOf(record);
  if (record.length < 56 || view.getUint32(0, true) !== end64Signature) {
    return corrupt(archive, offset, "The zip64 record is not where its locator says.");
  }
  return {
    entries: Number(view.getBigUint64(32, true)),
    size: Number(view.getBigUint64(40, true)),
    offset: Number(view.getBigUint64(48, true)),
  };
}

function parseEntries(
  archive: OpenFile,
  bytes: Uint8Array,
  { offset, entries }: Place,
): ZipEntry[] | DataProblem {
  const view = viewOf(bytes);
  const found: ZipEntry[] = [];
  for (let at = 0; found.length < entries; ) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== entrySignature) {
      return corrupt(archive, offset + at, "The directory of the archive is damaged.");
    }
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const next = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true);
    if (next > bytes.length) return corrupt(archive, offset + at, "The directory of the archive is damaged.");
    const sizes = wideSizes(bytes.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength), {
      size: view.getUint32(at + 24, true),
      packedSize: view.getUint32(at + 20, true),
      headerOffset: view.getUint32(at + 42, true),
    });
    found.push({
      name: new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength)),
      method: view.getUint16(at + 10, true),
      encrypted: (view.getUint16(at + 8, true) & 1) !== 0,
      checksum: view.getUint32(at + 16, true),
      ...sizes,
    });
    at = next;
  }
  return found;
}

type Sizes = Pick<ZipEntry, "size" | "packedSize" | "headerOffset">;

/** Sizes that say 0xffffffff stand in the zip64 field, in this order, each only if it does. */
function wideSizes(extra: Uint8Array, narrow: Sizes): Sizes {
  const view = viewOf(extra);
  for (let at = 0; at + 4 <= extra.length; ) {
    const end = at + 4 + view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === 1 && end <= extra.length) {
      let from = at + 4;
      const widen = (value: number) => {
        if (value !== 0xffffffff || from + 8 > end) return value;
        from += 8;
        return Number(view.getBigUint64(from - 8, true));
      };
      return {
        size: widen(narrow.size),
        packedSize: widen(narrow.packedSize),
        headerOffset: widen(narrow.headerOffset),
      };
    }
    at = end;
  }
  return narrow;
}

function corrupt({ file }: OpenFile, offset: number, message: string): DataProblem {
  return { code: "corrupt", message, file, offset };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
