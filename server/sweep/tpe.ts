import type { ValueRange } from "../../schemas/experiment.gen.ts";
import { type Generator, generator, normals } from "../data/random.ts";
import { applies } from "./conditions.ts";
import type { Settings, Space } from "./expand.ts";
import { placesOf } from "./range.ts";

/**
 * Tree-structured Parzen estimator: Bergstra, Bardenet, Bengio and Kégl, "Algorithms for Hyper-Parameter Optimization", NeurIPS 2011.
 *
 * The combinations that were trained are split into the best share γ and the others, and each part gets a density over the
 * parameters: l of the good ones, g of the rest. The expected improvement grows with l / g, so candidates are drawn from l, and the
 * one with the largest l / g is trained next. Each parameter has a density of its own, over the combinations that have it.
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

/** Best share of the combinations, γ in the paper, rounded up. */
const goodShare = 0.1;

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
  const count = Math.ceil(goodShare * ranked.length);
  const [best, others] = [ranked.slice(0, count), [...ranked.slice(count), ...pending]];
  const axes = parameters.map(([path, values]) => {
    const among = (points: readonly Settings[]) =>
      density(
        values,
        points.flatMap((point) => (Object.hasOwn(point, path) ? [point[path]] : [])),
      );
    return { path, good: among(best), rest: among(others) };
  });
  const scoreOf = (point: Settings) =>
    axes
      .filter(({ path }) => Object.hasOwn(point, path))
      .reduce((sum, { path, good, rest }) => sum + Math.log(good.at(point[path]) / rest.at(point[path])), 0);
  const next = generator({ seed, step: number, use: "sweep" });
  const seen = new Set([...ranked, ...pending].map((point) => JSON.stringify(point)));
  for (let draws = 0; draws < mostDraws; draws += drawnAtOnce) {
    const drawn = Array.from({ length: drawnAtOnce }, () => {
      const point: Record<string, unknown> = {};
      for (const { path, good } of axes) if (applies(path, point, conditions)) point[path] = good.draw(next);
      return point;
    }).filter((point) => {
      const key = JSON.stringify(point);
      return !seen.has(key) && seen.add(key);
    });
    const candidates = drawn.map((point) => ({ point, score: scoreOf(point) }));
    const chosen = candidates.sort((a, b) => b.score - a.score).find(({ point }) => fits(point));
    if (chosen !== undefined) return chosen.point;
  }
  return undefined;
}

/** What the values of one parameter look like in some combinations. */
export interface Density {
  /** Of a choice and of a whole number its probability. */
  readonly at: (value: unknown) => number;
  readonly draw: (next: Generator) => unknown;
}

export function density(values: ValueRange | readonly unknown[], observed: readonly unknown[]): Density {
  if (!isRange(values)) return ofChoices(values, observed);
  // Without a width there is no density.
  return values.min === values.max
    ? ofChoices([values.min], observed)
    : ofRange(values, observed as number[]);
}

const isRange = (values: ValueRange | readonly unknown[]): values is ValueRange => !Array.isArray(values);

/** Each choice counts once more than it was observed. */
function ofChoices(choices: readonly unknown[], observed: readonly unknown[]): Density {
  const counted = [...choices, ...observed];
  const keys = counted.map((value) => JSON.stringify(value));
  return {
    at: (value) => {
      const own = JSON.stringify(value);
      return keys.filter((key) => key === own).length / keys.length;
    },
    draw: (next) => counted[Math.floor(uniform(next) * counted.length)],
  };
}

/** Least width of a normal distribution, as a share of the range: with less the search stays where its first results were. */
const leastShare = 0.05;

/**
 * A mixture of normal distributions, cut off at the bounds: one around each number, as wide as the farther of its neighbours is away, and
 * one around the middle, as wide as the range. With `log`, of logarithms.
 */
function ofRange(range: ValueRange, observed: readonly number[]): Density {
  const { low, high, placeOf, valueAt, cellOf } = placesOf(range);
  const width = high - low;
  const middle = (low + high) / 2;
  const centers = [...observed.map(placeOf), middle].sort((a, b) => a - b);
  const isPrior = centers.indexOf(middle);
  const kernels = centers.map((center, index) => {
    const apart = Math.max(center - (centers[index - 1] ?? low), (centers[index + 1] ?? high) - center);
    const deviation = index === isPrior ? width : Math.min(width, Math.max(leastShare * width, apart));
    return { center, deviation, inside: share({ center, deviation }, low, high) };
  });
  const mixed = (of: (kernel: Kernel) => number) =>
    kernels.reduce((sum, kernel) => sum + of(kernel) / kernel.inside, 0) / kernels.length;
  return {
    at: (value) => {
      const [from, to] = cellOf(value as number);
      return from === to
        ? mixed((kernel) => height(kernel, from))
        : mixed((kernel) => share(kernel, from, to));
    },
    draw: (next) => {
      const kernel = kernels[Math.floor(uniform(next) * kernels.length)] as Kernel;
      const normal = normals(next);
      for (;;) {
        const place = kernel.center + kernel.deviation * normal();
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
