import type { Augmentation as AugmentationSpec } from "../../../schemas/experiment.gen.ts";
import type { Entry, Kind } from "../../parameters/kind.ts";
import type { Augmentation } from "./augmentation.ts";
import { colorJitter } from "./colorJitter.ts";
import { crop } from "./crop.ts";
import { cutMix } from "./cutMix.ts";
import { cutout } from "./cutout.ts";
import { flip } from "./flip.ts";
import { mixup } from "./mixup.ts";
import { noise } from "./noise.ts";
import { ownAugmentation } from "./ownAugmentations.ts";
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

export function augmentationOf(type: AugmentationSpec["type"]): Augmentation {
  const found = Object.hasOwn(augmentations, type)
    ? augmentations[type as keyof typeof augmentations]
    : ownAugmentation(type);
  if (found === undefined) throw new Error(`The augmentation ${type} has not been loaded`);
  return found;
}

/** Whether an augmentation moves the pixels of an image or cuts some out. */
export const movesPixels = (type: AugmentationSpec["type"]): boolean => "place" in augmentationOf(type);

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

/** An augmentation in the experiment file. */
export const augmentationEntry = (row: Augmentation): Entry => ({
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
});

export const augmentationKind: Kind = {
  name: "Augmentation",
  entries: Object.fromEntries(
    Object.entries<Augmentation>(augmentations).map(([type, row]) => [type, augmentationEntry(row)]),
  ),
  module: {
    kind: "augmentation",
    description:
      "An augmentation of your own: a module in TypeScript whose default export is `defineAugmentation({ … })`. It declares the other keys, and makes a changed sample of a sample and random numbers.",
    parameters: {},
  },
};
