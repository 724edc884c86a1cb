import type { OwnAugmentation } from "../data/augmentations/ownAugmentations.ts";
import type { LossType } from "../engine/distill/losses/loss.ts";
import type { OwnLayerType } from "../nets/layers/ownLayers.ts";
import type { OwnStudent } from "../nets/ownStudents.ts";

/** What a module's default export declares. */
export type ModuleDefinition =
  | { readonly kind: "loss"; readonly loss: LossType }
  | { readonly kind: "layer"; readonly layer: OwnLayerType }
  | { readonly kind: "student"; readonly student: OwnStudent }
  | { readonly kind: "augmentation"; readonly augmentation: OwnAugmentation };
