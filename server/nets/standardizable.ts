/* What standardised targets need: messages shared by checker and trainer. */

export const ofOtherTask = (task: string): string =>
  `\`standardizeTargets\` is for the numbers of a regression, and the task is \`${task}\`. Remove \`standardizeTargets\`.`;

export const ofNewHead =
  "A replaced `head` of a file's student begins near 0, and `standardizeTargets` puts nothing behind it. Keep the head, or standardise the numbers in the data's file.";

export const ofOwnStudent =
  "A student of a module gives its numbers as they are: nothing can be put behind it for `standardizeTargets`. Describe it by layers, or standardise in the module.";
