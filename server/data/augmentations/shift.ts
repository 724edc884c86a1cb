import type { ShiftAugmentation } from "../../../schemas/experiment.gen.ts";
import type { Augment } from "./batch.ts";
import { translate } from "./translate.ts";

/** Moves the image by up to `pixels` in each direction. */
export const shift: Augment<ShiftAugmentation> = (batch, { pixels }, key) => translate(batch, pixels, key);
