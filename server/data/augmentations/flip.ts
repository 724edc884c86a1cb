import { choice } from "../../parameters/parameter.ts";
import { uniform } from "../random.ts";
import { move, probability } from "./augmentation.ts";

export const flip = move({
  description: "Mirrors the image.",
  hint: "Mirror the image.",
  parameters: {
    probability: probability(0.5),
    axis: choice(
      "`horizontal` swaps left and right, `vertical` top and bottom.",
      ["horizontal", "vertical"],
      {
        default: "horizontal",
        examples: ["horizontal"],
      },
    ),
  },
  place(image, { probability, axis }, next) {
    if (uniform(next) >= probability) return;
    for (const { rows, columns } of [image, ...image.cuts])
      (axis === "horizontal" ? columns : rows).reverse();
  },
});
