import type { CutoutAugmentation } from "../../../schemas/experiment.gen.ts";
import { below, uniform } from "../random.ts";
import type { Move } from "./placement.ts";

/**
 * Cutout (DeVries and Taylor 2017): a square around a random pixel, cut at the edges, becomes 0, which is the mean of
 * normalised data.
 */
export const cutout: Move<CutoutAugmentation> = {
  cuts: true,
  place({ height, width }, { size, probability = 1 }, next, cut) {
    if (uniform(next) >= probability) return;
    const top = below(height, next) - Math.floor(size / 2);
    const left = below(width, next) - Math.floor(size / 2);
    cut?.rows.fill(1, Math.max(0, top), Math.max(0, top + size));
    cut?.columns.fill(1, Math.max(0, left), Math.max(0, left + size));
  },
};
