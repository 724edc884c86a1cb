import { classSpelling } from "../classSpelling.ts";
import { mostClasses, noLabel, realNumber } from "./labels.ts";
import type { DataProblem } from "./problem.ts";
import type { Samples } from "./samples.ts";

/** The classes that an experiment gives: their number or their names. */
export type GivenClasses = number | readonly string[];

/** A label as a table spells it, and where it stands first. */
export interface LabelText {
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

export interface Classes {
  /** For each label text its class; noLabel for what says that there is none. */
  readonly indices: Int32Array;
  readonly classes: number;
  readonly classNames?: readonly string[];
}

/**
 * Classes for the different label texts of a table. Whole numbers from 0 on are class indices as they are; anything
 * else is a name, and the classes are the names in order (by number where all are numbers). With `like`, the training
 * data, only its classes are allowed.
 *
 * Booleans are the classes `false` and `true`, however they are spelled. An empty text is no label. So is −1 beside class indices from 0 on, or where names are known and it is none of them; beside 1
 * alone it is the name of a class, as in tables that write two classes as signs.
 */
export function toClasses(texts: readonly LabelText[], options: ClassOptions): Classes | DataProblem {
  const isLabel = texts.map(labelTest(texts, knownClasses(options)));
  const known = classesOf(
    texts.filter((_, i) => isLabel[i]),
    options,
  );
  if ("code" in known) return known;
  let next = 0;
  const indices = Int32Array.from(isLabel, (is) => (is ? (known.indices[next++] as number) : noLabel));
  return { ...known, indices };
}

interface ClassOptions {
  readonly file: string;
  readonly like?: Known | undefined;
  /** The classes that the experiment gives: whole numbers are places in their names. */
  readonly given?: GivenClasses | undefined;
}

type Known = Pick<Samples, "classes" | "classNames">;

/** What is known of the classes before labels are read, if anything. */
export function knownClasses({ like, given }: Omit<ClassOptions, "file">): Known | undefined {
  if (given === undefined) return like;
  return typeof given === "number" ? { classes: given } : { classes: given.length, classNames: given };
}

const isIndex = ({ text }: LabelText): boolean => /^\+?\d+(\.0*)?$/.test(text);

/** Whether a text is a label, among these. */
function labelTest(texts: readonly LabelText[], like: Known | undefined) {
  const isMinusOne = ({ text }: LabelText) => /^-1(\.0*)?$/.test(text);
  const isEmpty = ({ text }: LabelText) => text === "" || text.toLowerCase() === "nan";
  const others = texts.filter((text) => !isEmpty(text) && !isMinusOne(text));
  const areIndices = others.every(isIndex) && others.some(({ text }) => Number(text) === 0);
  const isFree = like ? !like.classNames?.includes("-1") : areIndices;
  return (text: LabelText) => !isEmpty(text) && !(isFree && isMinusOne(text));
}

function classesOf(texts: readonly LabelText[], options: ClassOptions): Classes | DataProblem {
  const { file, given } = options;
  const like = knownClasses(options);
  if (like?.classNames) {
    const { classes, classNames } = like;
    const arePlaces =
      given !== undefined && texts.every(isIndex) && !texts.some(({ text }) => classNames.includes(text));
    if (!arePlaces) return byName(texts, classNames, file);
    const known = byIndex(texts, file, classes);
    return "code" in known ? known : { ...known, classNames };
  }
  if (texts.every(isIndex)) return byIndex(texts, file, like?.classes);
  if (like) {
    const outsider = texts.find((text) => !isIndex(text)) as LabelText;
    return outside(file, outsider, { expected: `an integer from 0 to ${like.classes - 1}` });
  }
  const numbers = texts.map(({ text }) => Number(text));
  const fraction = texts.find((_, i) => !Number.isInteger(numbers[i]));
  if (fraction && numbers.every(Number.isFinite)) {
    const { line, column, text } = fraction;
    return { ...realNumber(file, `line ${line}`, text), line, column };
  }
  const all = texts.map(({ text }) => text);
  const names = [...new Set(all.map(classSpelling(all)))];
  return byName(
    texts,
    fraction === undefined ? names.sort((a, b) => Number(a) - Number(b)) : names.sort(compareText),
    file,
  );
}

function byIndex(
  texts: readonly LabelText[],
  file: string,
  known: number | undefined,
): Classes | DataProblem {
  const bound = known ?? mostClasses;
  const indices = Int32Array.from(texts, ({ text }) => Number(text));
  const outsider = texts.find(({ text }) => Number(text) >= bound);
  if (outsider)
    return outside(file, outsider, {
      expected: `an integer from 0 to ${bound - 1}`,
      advice: known === undefined ? numberedAnew : "",
    });
  return { indices, classes: known ?? indices.reduce((most, index) => Math.max(most, index + 1), 0) };
}

function byName(
  texts: readonly LabelText[],
  classNames: readonly string[],
  file: string,
): Classes | DataProblem {
  const names = classNames.map(classSpelling(classNames));
  // Names that an experiment gives may differ by their case alone.
  const spelling = new Set(names).size === classNames.length ? classSpelling(classNames) : String;
  const classOf = new Map(classNames.map((name, k) => [spelling(name), k]));
  const outsider = texts.find(({ text }) => !classOf.has(spelling(text)));
  if (outsider) {
    const shown = classNames.slice(0, 20).join(", ");
    return outside(file, outsider, { expected: classNames.length > 20 ? `${shown}, …` : shown });
  }
  const indices = Int32Array.from(texts, ({ text }) => classOf.get(spelling(text)) as number);
  return { indices, classes: classNames.length, classNames };
}

/** Of classes that are numbered by something else, as ids. */
const numberedAnew = " Number the classes from 0, in pandas: table[LABEL].factorize(sort=True)[0].";

function outside(
  file: string,
  { text, line, column }: LabelText,
  { expected, advice = "" }: { readonly expected: string; readonly advice?: string },
): DataProblem {
  const message = `The label "${text}" is outside the classes.${advice}`;
  return { code: "label-range", message, file, line, column, expected, found: text };
}

/** By UTF-16 units: the order must not depend on the language of the machine. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
