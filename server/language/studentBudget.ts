import { grouped } from "../grouped.ts";
import { points, type Settings, type Sweeping } from "../sweep/expand.ts";
import type { Knowledge } from "./facts.ts";
import { error, type Finding, fix, replace, warning } from "./finding.ts";
import { modelOf, type OtherFacts } from "./model/model.ts";
import { counted } from "./numbers.ts";
import { dataOf, nodeAt, type Parsed } from "./parse.ts";
import { sweepPathProblem } from "./sweepPaths.ts";
import { treeWith, valuesOf } from "./sweptValues.ts";

/** The limit that a sweep sets its students, and their sizes. */
export interface StudentBudget {
  /** Most parameters. */
  readonly limit: number;
  /** A combination whose size is not known, as of a model that no one has read, fits. */
  readonly fits: (point: Settings) => boolean;
  /** Parameters of the smallest student that did not fit; undefined: none was too large so far. */
  readonly smallestRefused: () => number | undefined;
}

/** undefined where the sweep has no budget. */
export function studentBudget(
  parsed: Parsed,
  knowledge: Knowledge,
  known: OtherFacts,
): StudentBudget | undefined {
  const { root } = parsed;
  const limit: unknown = nodeAt(root, ["sweep", "budget", "parameters"])?.value;
  if (typeof limit !== "number") return undefined;
  let smallest: number | undefined;
  /** By combination: a check asks for the same ones more than once. */
  const sizes = new Map<string, number>();
  const sizeOf = (point: Settings): number => {
    const values = valuesOf(point, root).filter(({ path }) => sweepPathProblem(path, root) === undefined);
    return modelOf(treeWith(parsed, values), knowledge, known)?.student?.parameters ?? 0;
  };
  return {
    limit,
    fits(point) {
      const key = JSON.stringify(point);
      const size = sizes.get(key) ?? sizeOf(point);
      sizes.set(key, size);
      if (size > limit) smallest = Math.min(size, smallest ?? size);
      return size <= limit;
    },
    smallestRefused: () => smallest,
  };
}

/** Combinations that no student within the budget is found for: all of them is an error. */
export function budgetFindings(
  parsed: Parsed,
  budget: StudentBudget | undefined,
  isThorough: boolean,
): Finding[] {
  const node = nodeAt(parsed.root, ["sweep", "budget", "parameters"]);
  if (budget === undefined || node === undefined) return [];
  const experiment = dataOf(parsed.root) as Sweeping;
  const wanted = points(experiment).length;
  const found = points(experiment, { ...(isThorough ? {} : { most: 1 }), fits: budget.fits }).length;
  const smallest = budget.smallestRefused();
  if (smallest === undefined || (found > 0 && (!isThorough || found >= wanted))) return [];
  const code = "sweep-budget";
  if (found > 0)
    return [
      {
        code,
        ...warning(
          node,
          `Of ${counted(wanted, "combination")}, ${grouped(found)} are within the budget; the others are not trained.`,
        ),
      },
    ];
  const words = `the smallest that was tried has ${counted(smallest)}`;
  const change = fix(`Change to ${smallest}`, replace(node, String(smallest)));
  return [{ code, ...error(node, `No student is within the budget: ${words}.`, change) }];
}
