import { type Excluded, noLabel } from "./labels.ts";
import type { DataProblem } from "./problem.ts";
import { type Samples, selectOfSource, withHash } from "./samples.ts";

/** A class, by its name or number. */
export type ClassChoice = string | number;

/** The numbers of these classes, or that one is none. */
export function excludedClasses(
  chosen: readonly ClassChoice[],
  { task, classes, classNames }: Pick<Samples, "task" | "classes" | "classNames">,
  file: string,
): Excluded | DataProblem {
  if (task !== undefined)
    return {
      code: "exclude-task",
      message: "`data.exclude` is for classes, and these labels are none.",
      file,
    };
  const labels: number[] = [];
  for (const one of chosen) {
    const named = classNames?.indexOf(String(one)) ?? -1;
    const label = named >= 0 ? named : classNames === undefined || typeof one === "number" ? Number(one) : -1;
    if (!(Number.isInteger(label) && label >= 0 && label < classes))
      return {
        code: "unknown-class",
        message: `\`data.exclude\` names ${JSON.stringify(one)}, which is none of the classes: ${shown(classes, classNames)}.`,
        file,
      };
    labels.push(label);
  }
  return { classes, classNames, labels };
}

function shown(classes: number, classNames: readonly string[] | undefined): string {
  if (classNames === undefined) return `0 to ${classes - 1}`;
  return classNames.length > 8 ? `${classNames.slice(0, 8).join(", ")}, …` : classNames.join(", ");
}

/** The samples of the other classes, which are renumbered and named by their names, or their old numbers. */
export function without(samples: Samples, excluded: Excluded): Samples {
  const left = new Set(excluded.labels);
  const kept = Array.from({ length: excluded.classes }, (_, label) => label).filter(
    (label) => !left.has(label),
  );
  const number = new Map(kept.map((label, place) => [label, place]));
  const rows = Int32Array.from(samples.labels.keys()).filter(
    (row) => !left.has(samples.labels[row] as number),
  );
  const chosen = rows.length === samples.count ? samples : selectOfSource(samples, rows);
  const { targets, classes } = chosen;
  return withHash({
    ...chosen,
    excluded,
    classes: kept.length,
    classNames: kept.map((label) => excluded.classNames?.[label] ?? String(label)),
    labels: chosen.labels.map((label) => (label === noLabel ? noLabel : (number.get(label) as number))),
    ...(targets && { targets: columnsOf(targets, classes, kept) }),
  });
}

/** Probabilities of the remaining classes, rescaled so that rows sum to 1 again. */
function columnsOf(targets: Float32Array, classes: number, kept: readonly number[]): Float32Array {
  const out = new Float32Array((targets.length / classes) * kept.length);
  for (let row = 0; row < targets.length / classes; row++) {
    const own = kept.map((label) => targets[row * classes + label] as number);
    const sum = own.reduce((all, share) => all + share, 0);
    own.forEach((share, k) => {
      out[row * kept.length + k] = sum === 0 ? 0 : share / sum;
    });
  }
  return out;
}
