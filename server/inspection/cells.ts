import { brief, counted, grouped } from "../grouped.ts";
import type { InspectedCell, InspectedNumber, InspectOverview } from "../protocol.ts";
import { outcomes, outcomeWords } from "./labelRows.ts";

/** A cell of what stands above the samples: of a confusion matrix, of the counts of labels, or of a scatter. */
export interface CountedCell {
  readonly cell: InspectedCell;
  /** Of several numbers a sample the one that the scatter is of. */
  readonly output?: number;
  readonly count: number;
}

/** The samples of a cell in words, without its network. */
export function cellWords(overview: InspectOverview, cell: InspectedCell, output = 0): string {
  if (overview.task === "classification" && "predicted" in cell)
    return `${overview.classes[cell.label] ?? "–"}, taken for ${overview.classes[cell.predicted] ?? "–"}`;
  if (overview.task === "multiLabel" && "outcome" in cell)
    return `${overview.labels[cell.label] ?? "–"}, ${outcomeWords[cell.outcome]}`;
  const number = overview.task === "regression" ? overview.numbers[output] : undefined;
  return number && "target" in cell
    ? `${number.name} ${stretch(number, cell.target)}, predicted ${stretch(number, cell.prediction)}`
    : "";
}

/** Of a scatter's cell, with how many samples are in it. */
export const scatterWords = (overview: InspectOverview, { cell, output, count }: CountedCell): string =>
  `${cellWords(overview, cell, output)}: ${counted(count, "sample", grouped)}`;

type Steps = Pick<InspectedNumber, "from" | "to" | "steps">;

/** Where a step of a number begins. */
export const valueAt = ({ from, to, steps }: Steps, step: number): number =>
  from + (step * (to - from)) / steps;

const stretch = (steps: Steps, step: number): string =>
  `${brief(valueAt(steps, step), 4)} to ${brief(valueAt(steps, step + 1), 4)}`;

/** Those of the student that say most of its mistakes, these first: what is counted most often, of numbers what is farthest off. */
export function telling(overview: InspectOverview): readonly CountedCell[] {
  const network = "student";
  switch (overview.task) {
    case "classification":
      return (overview.confusion[network] ?? [])
        .flatMap((row, label) =>
          row.map((count, predicted) => ({ cell: { network, label, predicted } as const, count })),
        )
        .filter(({ cell, count }) => cell.label !== cell.predicted && count > 0)
        .sort((a, b) => b.count - a.count);
    case "multiLabel": {
      const cells = (overview.counts[network] ?? []).flatMap((counts, label) =>
        outcomes.map((outcome) => ({ cell: { network, label, outcome } as const, count: counts[outcome] })),
      );
      const isWrong = ({ cell: { outcome } }: (typeof cells)[number]) => Number(/^f/.test(outcome));
      return cells
        .filter(({ count }) => count > 0)
        .sort((a, b) => isWrong(b) - isWrong(a) || b.count - a.count);
    }
    case "regression":
      return overview.numbers
        .flatMap(({ scatter }, output) =>
          (scatter[network] ?? []).map(([target, prediction, count]) => ({
            ...{ cell: { network, target, prediction } as const, output, count },
          })),
        )
        .sort((a, b) => offBy(b.cell) - offBy(a.cell) || b.count - a.count);
  }
}

const offBy = ({ target, prediction }: { readonly target: number; readonly prediction: number }): number =>
  Math.abs(target - prediction);
