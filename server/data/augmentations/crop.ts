import { integer } from "../../parameters/parameter.ts";
import { move } from "./augmentation.ts";
import { translate } from "./translate.ts";

/**
 * He et al. 2016, section 4.2. A window that starts k pixels from the middle shows the image moved by −k, so this is a move by
 * up to `padding`.
 */
export const crop = move({
  description: "Pads the image with zeros and cuts a window of the original size out at random.",
  hint: "Pad, then cut out at random.",
  parameters: {
    padding: integer("Zeros on each side.", { minimum: 1, unit: "pixels", examples: [4] }),
  },
  place: (image, { padding }, next) => translate(image, padding, next),
});
