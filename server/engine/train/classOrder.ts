import { classSpelling } from "../../classSpelling.ts";
import type { Samples } from "../../data/samples.ts";
import { type Problem, problem } from "../../problem.ts";

/** A model that names its classes must have the data's in the same order: its outputs are matched by position. */
export function classOrder(
  whose: string,
  classNames: readonly string[] | undefined,
  samples: Pick<Samples, "classNames">,
): { readonly problem: Problem } | undefined {
  if (classNames === undefined || samples.classNames === undefined) return undefined;
  const spelling = classSpelling(samples.classNames);
  const place = samples.classNames.findIndex((name, k) => spelling(name) !== spelling(classNames[k] ?? ""));
  if (place < 0) return undefined;
  const found = classNames[place] === undefined ? "none" : `"${classNames[place]}"`;
  return problem(
    "class-order",
    `${whose} has other classes than the data: class ${place} is ${found} in the model and "${samples.classNames[place]}" in the data.`,
    "Set data.classes to the model's classes in the model's order, or use a model trained on these.",
  );
}
