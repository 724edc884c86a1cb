import type { CutoutAugmentation } from "../../../schemas/experiment.gen.ts";
import { below, generator, uniform } from "../random.ts";
import { type Augment, forEachSample, imageSize } from "./batch.ts";

/**
 * Cutout (DeVries and Taylor 2017): a square around a random pixel, cut at the edges, becomes 0, which is the mean of
 * normalised data.
 */
export const cutout: Augment<CutoutAugmentation> = (batch, { size, probability = 1 }, key) => {
  const { height, width, channels } = imageSize(batch.shape);
  forEachSample(batch, (image, row) => {
    const next = generator(key, row);
    if (uniform(next) >= probability) return;
    const top = below(height, next) - Math.floor(size / 2);
    const left = below(width, next) - Math.floor(size / 2);
    const [from, to] = [Math.max(0, left), Math.max(0, Math.min(width, left + size))];
    for (let y = Math.max(0, top); y < Math.min(height, top + size); y++) {
      image.fill(0, (y * width + from) * channels, (y * width + to) * channels);
    }
  });
};
