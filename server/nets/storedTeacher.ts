/* What a teacher that is no network, but outputs that are kept, cannot do: said alike by check and by the trainer. */

/** @param loss its type */
export const noLayers = (loss: string): string =>
  `The loss ${loss} looks at layers of the teacher, and stored outputs have none: compare logits, as kd does, or take the network as teacher.`;

export const noAugmentation =
  "What the teacher says of augmented samples is not stored, and no network is there to be asked. Leave out `data.augment`, or take the network as teacher.";
