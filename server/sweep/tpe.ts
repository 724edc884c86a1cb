import type { ValueRange } from "../../schemas/experiment.gen.ts";
import { type Generator, generator, normals } from "../data/random.ts";
import { applies } from "./conditions.ts";
import type { Settings, Space } from "./expand.ts";
import { type Places, placesOf } from "./range.ts";

/**
 * Tree-structured Parzen estimator: Bergstra, Bardenet, Bengio and Kégl, "Algorithms for Hyper-Parameter Optimization", NeurIPS 2011.
 *
 * The combinations that were trained are split into the best share γ and the others, and each part gets a density over the
 * parameters: l of the good ones, g of the rest. The expected improvement grows with l / g, so candidates are drawn from l, and the
 * one with the largest l / g is trained next. Both are of all parameters together, so that what goes with what is kept: Falkner, Klein
 * and Hutter, "BOHB", ICML 2018; Watanabe, "Tree-Structured Parzen Estimator", 2023.
 */
export interface Search extends Space {
  /** Combinations that were trained, the best first. */
  readonly ranked: readonly Settings[];
  /**
   * Those whose results are not there yet. They count among the rest (the constant liar of Ginsbourger, Le Riche and Carraro, 2010), so
   * that runs side by side are not all sent to one place.
   */
  readonly pending?: readonly Settings[];
  /** Which combination of the sweep is proposed. Together with the rest it decides what is drawn. */
  readonly number: number;
  /** Whether a combination may be trained; absent: each may. */
  readonly fits?: ((point: Settings) => boolean) | undefined;
}

/** Best share of the combinations, γ in the paper, rounded up, and most of them. */
const goodShare = 0.1;
const mostGood = 25;

/** Combinations drawn from l at a time, of which the best that fits is taken. */
const drawnAtOnce = 24;

/** Draws after which no further combination is taken to fit. */
const mostDraws = 100 * drawnAtOnce;

/** The combination to train next; undefined where none is left that fits and was not proposed yet. */
export function proposal({
  parameters,
  conditions = new Map(),
  ranked,
  pending = [],
  seed,
  number,
  fits = () => true,
}: Search): Settings | undefined {
  const count = Math.min(mostGood, Math.ceil(goodShare * ranked.length));
  const [best, others] = [ranked.slice(0, count), [...ranked.slice(count), ...pending]];
  const space = { parameters, conditions };
  const [good, rest] = [mixture(space, best), mixture(space, others)];
  const scoreOf = (point: Settings) => good.at(point) / rest.at(point);
  const next = generator({ seed, step: number, use: "sweep" });
  const seen = new Set([...ranked, ...pending].map((point) => JSON.stringify(point)));
  for (let draws = 0; draws < mostDraws; draws += drawnAtOnce) {
    const drawn = Array.from({ length: drawnAtOnce }, () => good.draw(next)).filter((point) => {
      const key = JSON.stringify(point);
      return !seen.has(key) && seen.add(key);
    });
    const candidates = drawn.map((point) => ({ point, score: scoreOf(point) }));
    const chosen = candidates.sort((a, b) => b.score - a.score).find(({ point }) => fits(point));
    if (chosen !== undefined) return chosen.point;
  }
  return undefined;
}

/** What some combinations look like. */
export interface Mixture {
  /** Of a combination; of choices and whole numbers it is their probability. */
  readonly at: (point: Settings) => number;
  readonly draw: (next: Generator) => Settings;
}

/**
 * As many products of densities, one around each combination, and one of all that there are. A combination without a parameter has
 * anything there.
 */
export function mixture(
  { parameters, conditions = new Map() }: Pick<Space, "parameters" | "conditions">,
  observed: readonly Settings[],
): Mixture {
  const axes = parameters.map(([path, values]) => {
    const own = observed.map((point) => (Object.hasOwn(point, path) ? [point[path]] : []));
    return { path, ...densities(values, own) };
  });
  const count = observed.length + 1;
  return {
    at(point) {
      const had = axes.filter(({ path }) => Object.hasOwn(point, path));
      const each = Array.from({ length: count }, (_, index) =>
        had.reduce((product, { path, around, any }) => product * (around[index] ?? any).at(point[path]), 1),
      );
      return each.reduce((sum, one) => sum + one, 0) / count;
    },
    draw(next) {
      const chosen = Math.floor(uniform(next) * count);
      const point: Record<string, unknown> = {};
      for (const { path, around, any } of axes)
        if (applies(path, point, conditions)) point[path] = (around[chosen] ?? any).draw(next);
      return point;
    },
  };
}

interface Density {
  readonly at: (value: unknown) => number;
  readonly draw: (next: Generator) => unknown;
}

interface Densities {
  /** Of each combination; undefined where that has not the parameter. */
  readonly around: readonly (Density | undefined)[];
  /** Of all values. */
  readonly any: Density;
}

/** Of a parameter. @param observed its value in each combination, in a list that is empty where it has none */
function densities(
  values: ValueRange | readonly unknown[],
  observed: readonly (readonly unknown[])[],
): Densities {
  if (!isRange(values)) return ofChoices(values, observed);
  // Without a width there is no density.
  return values.min === values.max
    ? ofChoices([values.min], observed)
    : ofRange(values, observed as readonly (readonly number[])[]);
}

const isRange = (values: ValueRange | readonly unknown[]): values is ValueRange => !Array.isArray(values);

/** Each other choice has a share of what is observed that falls with the number of combinations. */
function ofChoices(choices: readonly unknown[], observed: readonly (readonly unknown[])[]): Densities {
  const keys = choices.map((choice) => JSON.stringify(choice));
  const others = 1 / (observed.length + 1);
  const any: Density = {
    at: (value) => (keys.includes(JSON.stringify(value)) ? 1 / choices.length : 0),
    draw: (next) => choices[Math.floor(uniform(next) * choices.length)],
  };
  const whole = 1 + others * choices.length;
  const around = observed.map(([own]): Density | undefined => {
    if (own === undefined) return undefined;
    const key = JSON.stringify(own);
    return {
      at: (value) => (JSON.stringify(value) === key ? 1 / whole : 0) + (1 - 1 / whole) * any.at(value),
      draw: (next) => (uniform(next) * whole < 1 ? own : any.draw(next)),
    };
  });
  return { around, any };
}

/** Least width of a normal distribution, as a share of the range: with less the search stays where its first results were. */
const leastShare = 0.05;

/**
 * Normal distributions, cut off at the bounds: around each number as wide as the farther of its neighbours is away, or as a bound where
 * it is alone, and of all numbers around the middle as wide as the range. With `log`, of logarithms.
 */
function ofRange(range: ValueRange, observed: readonly (readonly number[])[]): Densities {
  const places = placesOf(range);
  const { low, high, placeOf } = places;
  const width = high - low;
  const centers = observed.flatMap((own) => own.map(placeOf)).sort((a, b) => a - b);
  const deviationAt = (center: number): number => {
    const index = centers.indexOf(center);
    const [before = center, after = center] =
      centers.length === 1 ? [low, high] : [centers[index - 1], centers[index + 1]];
    return Math.min(width, Math.max(leastShare * width, center - before, after - center));
  };
  return {
    around: observed.map(([own]) => {
      const center = own === undefined ? undefined : placeOf(own);
      return center === undefined ? undefined : normal({ center, deviation: deviationAt(center) }, places);
    }),
    any: normal({ center: (low + high) / 2, deviation: width }, places),
  };
}

/** A normal distribution, cut off at the bounds. */
function normal(kernel: Kernel, { low, high, cellOf, valueAt }: Places): Density {
  const inside = share(kernel, low, high);
  return {
    at: (value) => {
      const [from, to] = cellOf(value as number);
      return (from === to ? height(kernel, from) : share(kernel, from, to)) / inside;
    },
    draw: (next) => {
      const standard = normals(next);
      for (;;) {
        const place = kernel.center + kernel.deviation * standard();
        if (place >= low && place < high) return valueAt(place);
      }
    },
  };
}

interface Kernel {
  readonly center: number;
  readonly deviation: number;
}

/** Of a normal distribution at a place. */
const height = ({ center, deviation }: Kernel, at: number): number =>
  Math.exp(-0.5 * ((at - center) / deviation) ** 2) / (deviation * Math.sqrt(2 * Math.PI));

/** Of a normal distribution between two places. */
const share = ({ center, deviation }: Kernel, from: number, to: number): number =>
  below((to - center) / deviation) - below((from - center) / deviation);

/** Standard normal distribution function, to 1e-7: Abramowitz and Stegun, 26.2.17. */
function below(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const upper = (series * Math.exp(-0.5 * z * z)) / Math.sqrt(2 * Math.PI);
  return z < 0 ? upper : 1 - upper;
}

/** In [0, 1). */
const uniform = (next: Generator): number => next() / 2 ** 32;
