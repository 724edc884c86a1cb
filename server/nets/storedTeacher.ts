/* What stored outputs cannot do as a teacher: messages shared by check and trainer. */

/** @param loss its type */
export const noLayers = (loss: string): string =>
  `The loss ${loss} compares layers of the teacher, and stored outputs have none. Use a loss of logits, such as kd, or the network as teacher.`;

export const noAugmentation =
  "Outputs for augmented samples are not stored, and there is no network to compute them. Remove `data.augment`, or use the network itself as the teacher.";
