/** Images for tests, created on demand. */
import sharp, { type Sharp } from "sharp";

export interface Drawn {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3 | 4;
}

/** An image from bytes, [height, width, channels]. */
export const drawn = (bytes: ArrayLike<number>, { height, width, channels }: Drawn): Sharp =>
  sharp(Uint8Array.from(bytes), { raw: { width, height, channels } });

/** A PNG of one colour. */
export const plain = (colour: readonly number[], height = 4, width = 4): Promise<Buffer> =>
  drawn(
    Array.from({ length: height * width * colour.length }, (_, i) => colour[i % colour.length] ?? 0),
    { height, width, channels: colour.length as Drawn["channels"] },
  )
    .toColourspace(colour.length === 1 ? "b-w" : "srgb")
    .png()
    .toBuffer();
