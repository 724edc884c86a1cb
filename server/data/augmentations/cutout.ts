import { integer } from "../../parameters/parameter.ts";
import { below, uniform } from "../random.ts";
import { move, probability } from "./augmentation.ts";

/** The square lies around a random pixel, cut at the edges, and becomes 0, which is the mean of normalised data. */
export const cutout = move({
  description: "Blanks out a square (DeVries and Taylor 2017).",
  hint: "Blank out a square.",
  parameters: {
    size: integer("Side of the square.", { minimum: 1, unit: "pixels", examples: [8] }),
    probability: probability(1),
  },
  cuts: true,
  place({ height, width }, { size, probability }, next, cut) {
    if (uniform(next) >= probability) return;
    const top = below(height, next) - Math.floor(size / 2);
    const left = below(width, next) - Math.floor(size / 2);
    cut?.rows.fill(1, Math.max(0, top), Math.max(0, top + size));
    cut?.columns.fill(1, Math.max(0, left), Math.max(0, left + size));
  },
});
