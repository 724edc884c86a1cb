import type { Augmentation as AugmentationSpec } from "../../../schemas/experiment.gen.ts";
import type { Kind } from "../../parameters/kind.ts";
import type { Augmentation } from "./augmentation.ts";
import { colorJitter } from "./colorJitter.ts";
import { crop } from "./crop.ts";
import { cutMix } from "./cutMix.ts";
import { cutout } from "./cutout.ts";
import { flip } from "./flip.ts";
import { mixup } from "./mixup.ts";
import { noise } from "./noise.ts";
import { randAugment } from "./randAugment.ts";
import { randomResizedCrop } from "./randomResizedCrop.ts";
import { shift } from "./shift.ts";
import { tokenDropout } from "./tokenDropout.ts";

/** Every augmentation that an experiment can name. */
const augmentations = {
  shift,
  flip,
  crop,
  cutout,
  randomResizedCrop,
  colorJitter,
  randAugment,
  noise,
  mixup,
  cutMix,
  tokenDropout,
} as const;

export const augmentationOf = (type: AugmentationSpec["type"]): Augmentation => augmentations[type];

/** Whether an augmentation moves the pixels of an image or cuts some out. */
export const movesPixels = (type: AugmentationSpec["type"]): boolean => "place" in augmentations[type];

/** Whether samples have parts of two classes behind one of these. */
export const blendsLabels = (specs: readonly Pick<AugmentationSpec, "type">[]): boolean =>
  firstThat(specs, "blendsLabels") !== undefined;

/** The first augmentation of which a fact holds. */
export function firstThat(
  specs: readonly Pick<AugmentationSpec, "type">[],
  fact: "blendsLabels" | "needsColours" | "onHost",
): AugmentationSpec["type"] | undefined {
  return specs.find(({ type }) => {
    const augmentation = augmentationOf(type);
    return "change" in augmentation && augmentation[fact] === true;
  })?.type;
}

export const augmentationKind: Kind = {
  name: "Augmentation",
  entries: Object.fromEntries(
    Object.entries<Augmentation>(augmentations).map(([type, row]) => [
      type,
      {
        description: row.description,
        hint: row.hint,
        parameters: row.parameters,
        facts: {
          ...(("place" in row || row.needsImage) && { needsImage: true }),
          ...("change" in row && {
            ...(row.needsColours && { needsColours: true }),
            ...(row.needsTokens && { needsTokens: true }),
            ...(row.blendsLabels && { blendsLabels: true }),
          }),
        },
      },
    ]),
  ),
};
