/** Images for tests, created on demand. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
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

/** Writes files below a folder, with their folders. */
export async function write(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}
