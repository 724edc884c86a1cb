/** An IDX file of bytes, as MNIST's: magic number, sizes, data. */
export function idxFile(values: readonly number[], sizes: readonly number[]): Uint8Array {
  const header = Buffer.alloc(4 + 4 * sizes.length);
  header.writeUInt8(8, 2); // unsigned bytes
  header.writeUInt8(sizes.length, 3);
  sizes.forEach((size, index) => {
    header.writeUInt32BE(size, 4 + 4 * index);
  });
  return Buffer.concat([header, Uint8Array.from(values)]);
}
