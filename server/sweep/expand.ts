import { defaults } from "../../schemas/defaults.ts";
import type { ValueRange } from "../../schemas/experiment.gen.ts";
import { generator } from "../data/random.ts";
import { accepts, applies, type Condition, type Conditions, conditionsOf, inOrder } from "./conditions.ts";
import { mostRuns } from "./mostRuns.ts";
import { draw, rangeOf, sizeOfRange } from "./range.ts";

/** Values of one run of a sweep that replace the file's: path → value, with `seed` where `seeds` vary. */
export type Settings = Readonly<Record<string, unknown>>;

/** The keys that make an experiment stand for several runs; a text that is being edited may have any value there. */
export interface Sweeping {
  readonly seed?: unknown;
  readonly seeds?: unknown;
  readonly sweep?: unknown;
}

/** Whether a method draws combinations. */
export const isDrawn = (method: unknown): boolean =>
  method === "random" || method === "tpe" || isHalving(method);

/** Whether it trains most runs for a part. */
export const isHalving = (method: unknown): boolean => method === "halving" || method === "asha";

/** Whether its runs are proposed by what others have reached. */
export const isProposing = ({ sweep }: Sweeping): boolean => asRecord(sweep)["method"] === "tpe";

/** Combinations that a sweep is to draw. */
export const requestedRuns = (runs: unknown): number => (isCount(runs) ? runs : defaults.sweepRuns);

/** Combinations that a search by `tpe` draws before it proposes any. */
export const startupOf = ({
  startup,
  runs,
}: {
  readonly startup?: unknown;
  readonly runs?: unknown;
}): number => (isCount(startup) ? startup : Math.min(10, Math.ceil(requestedRuns(runs) / 4)));

/** Draws for each combination that is wanted, after which few are taken to fit. */
const drawsEach = 100;

export interface Expansion {
  /** Most of them. */
  readonly most?: number;
  /** Whether a combination is run; absent: each is. */
  readonly fits?: ((point: Settings) => boolean) | undefined;
}

/** Number of runs of an experiment, where all fit; undefined for a single run. */
export function countRuns(experiment: Sweeping): number | undefined {
  const plan = planOf(experiment);
  return plan && plan.points * Math.max(1, plan.seeds.length);
}

/**
 * The runs of an experiment that are known before any is trained, in training order: the last parameter varies fastest, seeds
 * faster still. Empty for a single run.
 */
export function expand(experiment: Sweeping, { most = mostRuns, fits }: Expansion = {}): Settings[] {
  const plan = planOf(experiment);
  if (plan === undefined) return [];
  const seeded = plan.seeds.length > 0 ? plan.seeds.map((seed) => ({ seed })) : [{}];
  return pointsOf(plan, { most: Math.min(plan.known, Math.ceil(most / seeded.length)), fits })
    .flatMap((point) => seeded.map((seed) => ({ ...point, ...seed })))
    .slice(0, most);
}

/** What a search draws from. */
export interface Space {
  /** What varies: a range of numbers, or the choices of a list. */
  readonly parameters: readonly (readonly [path: string, values: ValueRange | readonly unknown[]])[];
  /** Those that only some combinations have come after what they wait for. Absent: every combination has all. */
  readonly conditions?: Conditions;
  readonly seed: number;
}

export function searchSpace(experiment: Sweeping): Space {
  const { parameters = [], conditions = new Map(), seed = 0 } = planOf(experiment) ?? {};
  return { parameters: parameters.map(([path, { given }]) => [path, given]), conditions, seed };
}

/** Combinations of the swept values, without seeds. */
export function points(experiment: Sweeping, { most = mostRuns, fits }: Expansion = {}): Settings[] {
  const plan = planOf(experiment);
  return plan === undefined || plan.parameters.length === 0 ? [] : pointsOf(plan, { most, fits });
}

/** The values that a parameter is tried with. */
interface Values {
  readonly given: ValueRange | readonly unknown[];
  /** Infinity for real numbers. */
  readonly count: number;
  /** Those of a list; none of a range, from which a grid cannot be made. */
  readonly listed: readonly unknown[];
  /** @param share uniform in [0, 1) */
  readonly at: (share: number) => unknown;
}

type Parameters = readonly (readonly [path: string, values: Values])[];

interface Plan {
  readonly parameters: Parameters;
  readonly conditions: Conditions;
  readonly isRandom: boolean;
  /** Combinations that are run. */
  readonly points: number;
  /** Those of them that are known before any is run. */
  readonly known: number;
  /** All combinations. */
  readonly grid: number;
  readonly seeds: readonly unknown[];
  readonly seed: number;
}

function planOf({ seed, seeds, sweep }: Sweeping): Plan | undefined {
  const several = Array.isArray(seeds) ? seeds : [];
  const { parameters, conditions: given, method, runs, startup } = asRecord(sweep);
  const all = Object.entries(asRecord(parameters)).flatMap(([path, given]) => {
    const values = valuesOf(given);
    return values === undefined ? [] : [[path, values] as const];
  });
  if (all.length === 0 && several.length === 0) return undefined;
  const paths = all.map(([path]) => path);
  const conditions = conditionsOf(given, paths);
  const varied = inOrder(all, conditions);
  const grid = countGrid(varied, conditions);
  const isRandom = isDrawn(method) || varied.some(([, { listed }]) => listed.length === 0);
  const requested = requestedRuns(runs);
  const points = isRandom ? Math.min(requested, grid) : grid;
  return {
    parameters: varied,
    conditions,
    isRandom,
    grid,
    points,
    known: method === "tpe" ? Math.min(points, startupOf({ startup, runs: requested })) : points,
    seeds: several,
    seed: [several[0], seed].find((given) => typeof given === "number") ?? 0,
  };
}

function valuesOf(given: unknown): Values | undefined {
  const range = rangeOf(given);
  if (range !== undefined)
    return { given: range, count: sizeOfRange(range), listed: [], at: (share) => draw(range, share) };
  if (!Array.isArray(given) || given.length === 0) return undefined;
  return {
    given,
    count: given.length,
    listed: given,
    at: (share) => given[Math.floor(share * given.length)],
  };
}

function pointsOf(
  plan: Plan,
  { most, fits = () => true }: Expansion & { readonly most: number },
): Settings[] {
  const { parameters, grid, points, known, isRandom } = plan;
  const count = Math.min(points, most);
  if (
    isRandom &&
    (points < grid || known < points || !parameters.every(([, { listed }]) => listed.length > 0))
  )
    return drawn(plan, { count, fits });
  const found: Settings[] = [];
  for (const point of gridOf(plan, {})) {
    if (found.length >= count) break;
    if (fits(point)) found.push(point);
  }
  return found;
}

/** Every combination of lists, the last parameter that it has varying fastest. */
function* gridOf(
  space: Pick<Plan, "parameters" | "conditions">,
  before: Settings,
  at = 0,
): Generator<Settings> {
  const { parameters, conditions } = space;
  const [path, values] = parameters[at] ?? [];
  if (path === undefined) yield before;
  else if (!applies(path, before, conditions)) yield* gridOf(space, before, at + 1);
  else for (const value of values?.listed ?? []) yield* gridOf(space, { ...before, [path]: value }, at + 1);
}

/** Parameters that are looked at while combinations are counted, after which conditions are left aside. */
const mostVisits = 10_000;

/** How many combinations there are, where one without a parameter is one, whatever values that has. */
function countGrid(parameters: Parameters, conditions: Conditions): number {
  const waiting = [...conditions.values()].flat();
  let visits = 0;
  const countFrom = (at: number, before: Settings): number => {
    const [path, values] = parameters[at] ?? [];
    if (path === undefined || values === undefined) return 1;
    const isEnough = ++visits > mostVisits;
    if (!isEnough && !applies(path, before, conditions)) return countFrom(at + 1, before);
    const own = waiting.filter(({ of }) => of === path);
    if (own.length === 0 || isEnough) return values.count * countFrom(at + 1, before);
    return classesOf(values, own).reduce(
      (sum, { value, count }) => sum + count * countFrom(at + 1, { ...before, [path]: value }),
      0,
    );
  };
  return countFrom(0, {});
}

interface Class {
  /** One of those that the same conditions accept. */
  readonly value: unknown;
  readonly count: number;
}

/** The values of a parameter by the conditions that accept them. Of more numbers than there can be runs, their count is enough. */
function classesOf({ count, given, listed }: Values, conditions: readonly Condition[]): readonly Class[] {
  const range = rangeOf(given);
  if (range !== undefined && count > mostRuns) return [{ value: undefined, count }];
  const first = range && (range.integer ? Math.ceil(range.min) : range.min);
  const values = first === undefined ? listed : Array.from({ length: count }, (_, index) => first + index);
  const found = new Map<string, Class>();
  for (const value of values) {
    const key = JSON.stringify(conditions.map((condition) => accepts(condition, value)));
    found.set(key, { value, count: (found.get(key)?.count ?? 0) + 1 });
  }
  return [...found.values()];
}
/**
 * Draws combinations until enough of those that fit differ. With the same seed, more runs begin with the same combinations.
 * Random search: Bergstra and Bengio, "Random Search for Hyper-Parameter Optimization", JMLR 2012.
 */
function drawn(
  { parameters, conditions, seed }: Plan,
  { count, fits }: { readonly count: number; readonly fits: (point: Settings) => boolean },
): Settings[] {
  const next = generator({ seed, step: 0, use: "sweep" });
  const found = new Map<string, Settings | undefined>();
  let fitting = 0;
  for (let draws = 0; fitting < count && draws < drawsEach * count; draws++) {
    // One that does not apply draws, too: what the others draw does not depend on it.
    const values = parameters.map(([path, { at }]) => [path, at(next() / 2 ** 32)] as const);
    const point: Record<string, unknown> = {};
    for (const [path, value] of values) if (applies(path, point, conditions)) point[path] = value;
    const key = JSON.stringify(point);
    if (found.has(key)) continue;
    const isWithin = fits(point);
    found.set(key, isWithin ? point : undefined);
    if (isWithin) fitting++;
  }
  return [...found.values()].filter((point) => point !== undefined);
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;

/** Empty for a value without keys. */
const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  Array.isArray(value) ? {} : { ...(value as object) };
