import { defaults } from "../../schemas/defaults.ts";
import { generator } from "../data/random.ts";

/** Values of one run of a sweep that replace the file's: path → value, with `seed` where `seeds` vary. */
export type Settings = Readonly<Record<string, unknown>>;

/** The keys that make an experiment stand for several runs; a text that is being edited may have any value there. */
export interface Sweeping {
  readonly seed?: unknown;
  readonly seeds?: unknown;
  readonly sweep?: unknown;
}

/** Most runs of a sweep; more are taken for a typing error. */
export const mostRuns = 1000;

/** Number of runs of an experiment; undefined for a single run. */
export function countRuns(experiment: Sweeping): number | undefined {
  const plan = planOf(experiment);
  return plan && plan.points * Math.max(1, plan.seeds.length);
}

/**
 * The runs of an experiment in training order: the last parameter varies fastest, seeds faster still. Empty for a
 * single run; at most `most` runs.
 */
export function expand(experiment: Sweeping, most = mostRuns): Settings[] {
  const plan = planOf(experiment);
  if (plan === undefined) return [];
  const seeded = plan.seeds.length > 0 ? plan.seeds.map((seed) => ({ seed })) : [{}];
  return pointsOf(plan, Math.ceil(most / seeded.length))
    .flatMap((point) => seeded.map((seed) => ({ ...point, ...seed })))
    .slice(0, most);
}

/** Combinations of the swept values, without seeds; at most `most`. */
export function points(experiment: Sweeping, most = mostRuns): Settings[] {
  const plan = planOf(experiment);
  return plan === undefined || plan.parameters.length === 0 ? [] : pointsOf(plan, most);
}

interface Plan {
  readonly parameters: readonly (readonly [path: string, values: readonly unknown[]])[];
  readonly isRandom: boolean;
  /** Combinations that are run. */
  readonly points: number;
  /** All combinations. */
  readonly grid: number;
  readonly seeds: readonly unknown[];
  readonly seed: number;
}

function planOf({ seed, seeds, sweep }: Sweeping): Plan | undefined {
  const several = Array.isArray(seeds) ? seeds : [];
  const { parameters, method, runs } = asRecord(sweep);
  const lists = Object.entries(asRecord(parameters)).flatMap(([path, values]) =>
    Array.isArray(values) && values.length > 0 ? [[path, values] as const] : [],
  );
  if (lists.length === 0 && several.length === 0) return undefined;
  const grid = lists.reduce((count, [, values]) => count * values.length, 1);
  const isRandom = method === "random";
  const requested = isCount(runs) ? runs : defaults.sweepRuns;
  return {
    parameters: lists,
    isRandom,
    grid,
    points: isRandom ? Math.min(requested, grid) : grid,
    seeds: several,
    seed: [several[0], seed].find((given) => typeof given === "number") ?? 0,
  };
}

function pointsOf(plan: Plan, most: number): Settings[] {
  const { parameters, grid, points, isRandom } = plan;
  const count = Math.min(points, most);
  if (isRandom && points < grid) return drawn(plan, count);
  return Array.from({ length: count }, (_, index) => {
    let rest = index;
    const chosen = parameters.toReversed().map(([path, values]) => {
      const value = values[rest % values.length];
      rest = Math.floor(rest / values.length);
      return [path, value] as const;
    });
    return Object.fromEntries(chosen.reverse());
  });
}

/** Draws combinations until enough of them differ. With the same seed, more runs begin with the same combinations. */
function drawn({ parameters, seed }: Plan, count: number): Settings[] {
  const next = generator({ seed, step: 0, use: "sweep" });
  const found = new Map<string, Settings>();
  while (found.size < count) {
    const places = parameters.map(([, values]) => Math.floor((next() / 2 ** 32) * values.length));
    const point = parameters.map(([path, values], index) => [path, values[places[index] ?? 0]] as const);
    found.set(places.join(), Object.fromEntries(point));
  }
  return [...found.values()];
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;

/** Empty for a value without keys. */
const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  Array.isArray(value) ? {} : { ...(value as object) };
