import { integer } from "../../parameters/parameter.ts";
import { move } from "./augmentation.ts";
import { translate } from "./translate.ts";

export const shift = move({
  description: "Moves the image by up to `pixels` in each direction; zeros come in at the edge.",
  hint: "Move the image.",
  parameters: {
    pixels: integer("Farthest move in each direction.", { minimum: 1, unit: "pixels", examples: [2] }),
  },
  place: (image, { pixels }, next) => translate(image, pixels, next),
});
