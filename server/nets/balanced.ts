/* What a balanced sampler needs, and what it makes needless: messages shared by checker and trainer. */

export const balancedTask = (task: string): string =>
  `\`sampler\` "balanced" draws classes evenly, and in the task \`${task}\` samples have none. Remove \`sampler\`.`;

export const balancedUnlabelled =
  '`sampler` "balanced" draws classes evenly, and some training samples have no label. Say their part of a batch, `"share": 0.5` in `data.unlabelled`, or remove `sampler`.';

/** Whether class weights do again what the sampler does. */
export const weighsTwice = (classWeights: unknown): boolean =>
  classWeights === "balanced" ||
  (Array.isArray(classWeights) && classWeights.some((weight) => weight !== classWeights[0]));

export const balancedTwice =
  'The classes are balanced twice: `sampler` "balanced" draws as many samples of each, and `classWeights` weigh them again, so that what is rare counts too much. Remove one of them.';
