/* What a balanced sampler needs: messages shared by checker and trainer. */

export const balancedTask = (task: string): string =>
  `\`sampler\` "balanced" draws classes evenly, and in the task \`${task}\` samples have none. Remove \`sampler\`.`;

export const balancedUnlabelled =
  '`sampler` "balanced" draws classes evenly, and some training samples have no label. Say their part of a batch, `"share": 0.5` in `data.unlabelled`, or remove `sampler`.';
