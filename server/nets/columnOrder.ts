import { classSpelling } from "../classSpelling.ts";
import type { Samples } from "../data/samples.ts";
import { type Problem, problem } from "../problem.ts";

export interface ColumnOrder {
  /** For each class of the data, and then for each that only the model knows, its column; absent where they are in order. */
  readonly columns?: readonly number[];
  /** Names of the classes in the data's order, where data or model has names. */
  readonly classNames?: readonly string[];
  /** Names that are not the data's, taken by their place. */
  readonly warning?: Problem;
}

/**
 * Which of a model's columns stands for which class: by name where both have names, the numbers of classes among them; by
 * place where the model's names do not match the data's.
 * @param given what the model calls its columns; undefined where it does not say
 */
export function columnOrder(
  given: readonly string[] | undefined,
  { classes, classNames }: Pick<Samples, "classes" | "classNames">,
): ColumnOrder | { readonly problem: Problem } {
  const byPlace = classNames === undefined ? {} : { classNames };
  if (given === undefined || given.length < classes) return byPlace;
  const own = classNames ?? Array.from({ length: classes }, (_, k) => String(k));
  const [names, labels] = [own, given].map((all) => all.map(classSpelling(own))) as [string[], string[]];
  const absent = names.filter((name) => !labels.includes(name));
  if (absent.length === 0) {
    const columns = [...names, ...labels.filter((label) => !names.includes(label))].map((name) =>
      labels.indexOf(name),
    );
    const isSorted = columns.every((column, k) => column === k);
    return isSorted ? byPlace : { ...byPlace, columns };
  }
  // Numbers count the data's names, and names name the data's numbers.
  if (classNames !== undefined && labels.every((label, k) => label === String(k))) return byPlace;
  if (classNames === undefined && labels.some((label) => !/^-?\d+$/.test(label)))
    return { classNames: labels };
  const shifted = Number(labels[0]);
  const isShifted = classNames === undefined && labels.every((label, k) => Number(label) === shifted + k);
  if (!isShifted && absent.length < names.length)
    return problem(
      "class-order",
      `The teacher has other classes than the data: ${list(labels)}; the data has ${list(names)}.`,
      "Give the data the model's classes, or take a model that was trained on these.",
    );
  return {
    ...byPlace,
    warning: {
      code: "teacher-classes",
      message: `The teacher calls its classes ${list(labels)}, the data ${list(names)}: they are taken in this order.`,
    },
  };
}

const list = (names: readonly string[]): string =>
  names.length > 12 ? `${names.slice(0, 12).join(", ")}, …` : names.join(", ");
