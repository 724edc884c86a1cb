import { quoted } from "../parameters/words.ts";

/* What to do about a network with other outputs than the data has: sentences shared by checker and trainer. */

/** What an output stands for, as a task says it. */
type Words = readonly [one: string, many: string];

/** Of a student or teacher that is described layer by layer. */
export const unitsHint = ([one]: Words): string => `Give its last layer one unit per ${one}.`;

/** Of a student that is a saved network. */
export const headHint = ([, many]: Words): string =>
  `Give it a new head for the data's ${many}: "head": "replace".`;

/** Of a teacher that is a saved network: here nothing trains a new head of it. */
export const retrainHint = ([, many]: Words): string =>
  `Use a teacher of the data's ${many}, or train this one on the data first: as the student of another experiment, with "head": "replace", which then is the teacher ("type": "experiment").`;

/** Of a model that has another output of the right size. */
export const outputHint = (name: string, classes: number): string =>
  `Its output ${quoted(name)} has ${classes}: "output": ${quoted(name)}.`;
