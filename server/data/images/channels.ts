/**
 * Pixels with one channel, grey, or with three.
 * @param data [count, channels] of as many channels as there are, of which three are red, green and blue
 */
export function withChannels(data: Uint8Array, count: number, wanted: 1 | 3): Uint8Array {
  const has = data.length / count;
  if (has === wanted) return data;
  const bytes = new Uint8Array(count * wanted);
  const [green, blue] = has < 3 ? [0, 0] : [1, 2];
  for (let i = 0; i < count; i++) {
    const [r, g, b] = [data[i * has], data[i * has + green], data[i * has + blue]] as [
      number,
      number,
      number,
    ];
    if (wanted === 1) bytes[i] = luma(r, g, b);
    else bytes.set([r, g, b], i * 3);
  }
  return bytes;
}

/** ITU-R BT.601, in 16-bit fixed point as Pillow's convert("L"). */
const luma = (red: number, green: number, blue: number): number =>
  (19595 * red + 38470 * green + 7471 * blue + 0x8000) >>> 16;
