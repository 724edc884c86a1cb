import type { FlipAugmentation } from "../../../schemas/experiment.gen.ts";
import { uniform } from "../random.ts";
import type { Move } from "./placement.ts";

/** Mirrors the image: left and right by default, or top and bottom. */
export const flip: Move<FlipAugmentation> = {
  place(image, { probability = 0.5, axis = "horizontal" }, next) {
    if (uniform(next) >= probability) return;
    for (const { rows, columns } of [image, ...image.cuts])
      (axis === "horizontal" ? columns : rows).reverse();
  },
};
