import { crc32 } from "node:zlib";

/** One array of numbers for an archive. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** An .npy file, version 1: the header is padded so that the numbers begin at a multiple of 64. */
export function npyBytes({ shape, values }: NpyArray): Uint8Array {
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${axes}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const head = Buffer.alloc(10 + length, " ");
  head.write("\x93NUMPY\x01\x00", "latin1");
  head.writeUInt16LE(length, 8);
  head.write(`${text.padEnd(length - 1)}\n`, 10, "latin1");
  return Buffer.concat([head, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)]);
}

/** An archive of arrays as numpy.savez writes it: stored, not packed, with no time in it. */
export function npzBytes(arrays: Readonly<Record<string, NpyArray>>): Uint8Array {
  const files: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const [array, given] of Object.entries(arrays)) {
    const bytes = npyBytes(given);
    const name = Buffer.from(`${array}.npy`);
    // What both headers of a file say of it: version 2.0, stored, 1 January 1980, checksum, size packed and not, length of its name.
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(0x21, 8);
    facts.writeUInt32LE(crc32(bytes), 10);
    facts.writeUInt32LE(bytes.length, 14);
    facts.writeUInt32LE(bytes.length, 18);
    facts.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), facts, name]);
    const behind = Buffer.alloc(14);
    behind.writeUInt32LE(offset, 10);
    directory.push(Buffer.from("PK\x01\x02\x14\x00", "latin1"), facts, behind, name);
    files.push(local, bytes);
    offset += local.length + bytes.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(Object.keys(arrays).length, 8);
  end.writeUInt16LE(Object.keys(arrays).length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, listed, end]);
}
