import type { CropAugmentation } from "../../../schemas/experiment.gen.ts";
import type { Move } from "./placement.ts";
import { translate } from "./translate.ts";

/**
 * Pads the image with black and cuts a window of the original size out (He et al. 2016, section 4.2). A window that
 * starts k pixels from the middle shows the image moved by −k, so this is a move by up to `padding`.
 */
export const crop: Move<CropAugmentation> = {
  place: (image, { padding }, next) => translate(image, padding, next),
};
