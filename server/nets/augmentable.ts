/* What augmentations need of samples: messages shared by checker and trainer. */

interface Needs {
  readonly needsImage?: boolean;
  readonly needsColours?: boolean;
  readonly needsTokens?: boolean;
}

/** Why an augmentation of this type cannot be of samples of this shape, if it cannot. */
export function unfitFor(type: string, needs: Needs, shape: readonly number[]): string | undefined {
  const found = `the samples have the shape [${shape.join(", ")}].`;
  if (needs.needsImage && shape.length !== 3) return `\`${type}\` is for images; ${found}`;
  const channels = shape.at(-1);
  if (needs.needsColours && channels !== 1 && channels !== 3)
    return `\`${type}\` is for images of 1 or 3 channels; ${found}`;
  if (needs.needsTokens && shape.length !== 1) return `\`${type}\` is for texts; ${found}`;
  return undefined;
}

export const beyondColours = (type: string): string =>
  `\`${type}\` needs colours from 0 to 255 or from 0 to 1, and the training samples have values beyond. Give raw images, and the rest as \`data.normalize\`.`;

export const viewsMixed = (type: string): string =>
  `\`${type}\` mixes each sample with another of its batch, which is another one in each epoch, and views are fixed. Remove \`${type}\` or \`views\`.`;
