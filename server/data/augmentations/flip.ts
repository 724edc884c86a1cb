import type { FlipAugmentation } from "../../../schemas/experiment.gen.ts";
import { generator, uniform } from "../random.ts";
import { type Augment, forEachSample, imageSize } from "./batch.ts";

/** Mirrors the image: left and right by default, or top and bottom. */
export const flip: Augment<FlipAugmentation> = (batch, { probability = 0.5, axis = "horizontal" }, key) => {
  const { height, width, channels } = imageSize(batch.shape);
  // Mirroring an axis swaps blocks: pixels within each line, or lines within the image.
  const [groups, blocks, blockSize] =
    axis === "horizontal" ? [height, width, channels] : [1, height, width * channels];
  forEachSample(batch, (image, row) => {
    if (uniform(generator(key, row)) >= probability) return;
    for (let group = 0; group < groups; group++) {
      const start = group * blocks * blockSize;
      for (let i = 0, j = blocks - 1; i < j; i++, j--) {
        swap(image, start + i * blockSize, start + j * blockSize, blockSize);
      }
    }
  });
};

function swap(values: Float32Array, a: number, b: number, length: number): void {
  for (let k = 0; k < length; k++) {
    const value = values[a + k] as number;
    values[a + k] = values[b + k] as number;
    values[b + k] = value;
  }
}
