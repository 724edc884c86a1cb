import type { ShiftAugmentation } from "../../../schemas/experiment.gen.ts";
import type { Move } from "./placement.ts";
import { translate } from "./translate.ts";

/** Moves the image by up to `pixels` in each direction. */
export const shift: Move<ShiftAugmentation> = {
  place: (image, { pixels }, next) => translate(image, pixels, next),
};
