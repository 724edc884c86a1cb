import { below, generator, type RandomKey } from "../random.ts";
import { type Batch, forEachSample, imageSize } from "./batch.ts";

/** Moves each image by −reach … reach pixels down and right, each whole number equally likely; black comes in. */
export function translate(batch: Batch, reach: number, key: RandomKey): void {
  const { height, width, channels } = imageSize(batch.shape);
  const original = new Float32Array(height * width * channels);
  const black = original.map((_, i) => batch.blank[i % channels] as number);
  forEachSample(batch, (image, row) => {
    const next = generator(key, row);
    const down = below(2 * reach + 1, next) - reach;
    const right = below(2 * reach + 1, next) - reach;
    original.set(image);
    const kept = Math.max(0, width - Math.abs(right)) * channels;
    image.set(black);
    if (kept === 0) return; // moved out of sight
    for (let y = Math.max(0, down); y < height + Math.min(0, down); y++) {
      const from = ((y - down) * width + Math.max(0, -right)) * channels;
      image.set(original.subarray(from, from + kept), (y * width + Math.max(0, right)) * channels);
    }
  });
}
