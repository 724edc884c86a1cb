import { sizeOf } from "../../sizeOf.ts";
import { userFolder } from "../../userFolder.ts";
import { footprint } from "../graph/footprint.ts";
import type { Graph } from "../graph/graph.ts";
import { productMs } from "../graph/layouts/cost.ts";
import type { Lowering } from "../graph/layouts/lowerForOnnxRuntime.ts";
import type { Lowered } from "../graph/slots.ts";
import { trainingStep } from "../graph/trainingStep.ts";
import type { Data, Executor, NamedData } from "../program.ts";
import { arrayTypes } from "./feeds.ts";
import { type Measured, measuredPath, readMeasured, writeMeasured } from "./measuredLowerings.ts";

/** A run that lasts as long, by the estimate of cost.ts, has its lowerings measured. */
const longMs = 30_000;
/** Less would make measuring a part of the run. */
const leastSteps = 200;
/** What the second lowering takes at most, of the first one's time by estimate, to be worth measuring. */
const closest = 2;
/** Of the first lowering's time: what the second has to take at most to be chosen, as measuring is not exact. */
const clearlyFaster = 0.95;

/** What an executor is asked for. */
export interface LoadWishes {
  readonly lowering?: string | undefined;
  readonly steps?: number | undefined;
  readonly threads: number;
}

/** A way to run a program: a lowering of the built-in engine, or another engine. */
export interface Way {
  /** By which a checkpoint names it. */
  readonly name: string;
  /** For people. */
  readonly label: string;
  /** @param decided what decided for it, for its line in the log */
  load(decided?: string): Promise<Executor>;
}

/** Whether a run of a program lasts so long that its ways are worth measuring. */
export function isLong(
  graphs: readonly Graph[],
  [first]: readonly Lowering[],
  { steps = 0, threads }: LoadWishes,
): boolean {
  const step = trainingStep(graphs);
  if (steps < leastSteps || step === undefined) return false;
  return (((first?.ms ?? 0) + productMs(step)) * steps) / threads >= longMs;
}

/** The lowerings of a program that may be chosen, the first one by rule: one, or in a long run two that have to be measured. */
export function candidates(
  graphs: readonly Graph[],
  lowerings: readonly Lowering[],
  wishes: LoadWishes,
): readonly Lowering[] {
  const [first, second] = lowerings as readonly [Lowering, Lowering?];
  const kept = lowerings.find(({ name }) => name === wishes.lowering);
  if (kept !== undefined) return [kept];
  const isClose = second !== undefined && second.ms <= closest * first.ms;
  return isClose && isLong(graphs, lowerings, wishes) ? [first, second] : [first];
}

/**
 * Loads a program in the fastest of several ways, as it was measured on this processor before, or is now: each runs a few steps in
 * turn. What does not load is left out.
 * @param ways the first one by rule; a program that they load may be spoiled
 * @param options available: bytes of memory; cache: folder of what is remembered
 */
export async function loadFastest(
  ways: readonly Way[],
  {
    graphs,
    threads,
    available,
    cache = userFolder("cache"),
  }: {
    readonly graphs: readonly Graph[];
    readonly threads: number;
    readonly available: number;
    readonly cache?: string;
  },
): Promise<Executor> {
  const [first, ...others] = ways as readonly [Way, ...Way[]];
  const step = trainingStep(graphs);
  if (others.length === 0 || step === undefined || !fitsOften(ways.length, graphs, available))
    return first.load();
  const path = measuredPath(step, { threads, cache });
  const known = await readMeasured(path);
  const isKnown = known !== undefined && ways.every(({ name }) => known[name] !== undefined);
  const measured = isKnown ? known : await measure(ways, step);
  if (!isKnown) await writeMeasured(path, measured);
  const msOf = ({ name }: Way) => measured[name] ?? Number.POSITIVE_INFINITY;
  const [fastest = first] = others
    .filter((way) => msOf(way) <= clearlyFaster * msOf(first))
    .sort((a, b) => msOf(a) - msOf(b));
  const decided = (way: Way) => {
    const rest = ways.filter((other) => other !== way && Number.isFinite(msOf(other)));
    const times = rest.map((other) => `${other.label} ${written(msOf(other))}`);
    return [`${written(msOf(way))} ms a step measured on this machine`, ...times].join(", ");
  };
  // What was measured earlier may not load any more.
  return fastest
    .load(decided(fastest))
    .catch(() => first.load(`${decided(first)}; ${fastest.label} does not load`));
}

/** The lowering with another sentence behind its reason. */
export function lowerBecause(lowering: Lowering, decided: string | undefined): Lowered {
  const lowered = lowering.lower();
  return decided === undefined ? lowered : { ...lowered, reason: `${lowering.reason}; ${decided}` };
}

const written = (ms: number): string => String(Number(ms.toPrecision(3)));

/** So many executors at once, each of which may take twice its footprint. */
function fitsOften(count: number, graphs: readonly Graph[], available: number): boolean {
  const bytes = graphs.map((graph) => {
    const { perBatch, fixed } = footprint(graph);
    return perBatch + fixed;
  });
  return 2 * count * Math.max(...bytes) <= available;
}

/** Several, because the other executor's threads spin for a while after its last step. */
const stepsInTurn = 3;

/** Each way's fastest step: other load can only add. */
async function measure([first, ...others]: readonly Way[], step: Graph): Promise<Measured> {
  const feeds = feedsOf(step);
  const tried: { readonly name: string; readonly executor: Executor; ms: number }[] = [];
  const add = async (way: Way): Promise<void> => {
    const executor = await way.load();
    tried.push({ name: way.name, executor, ms: Number.POSITIVE_INFINITY });
    await executor.run(step.name, feeds); // loads the model
  };
  try {
    await add(first as Way);
    for (const way of others) await add(way).catch(() => {});
    const until = performance.now() + 1000;
    for (let round = 0; round < 2 || (round < 20 && performance.now() < until); round++)
      for (const one of tried)
        for (let i = 0; i < stepsInTurn; i++) {
          const start = performance.now();
          await one.executor.run(step.name, feeds);
          one.ms = Math.min(one.ms, performance.now() - start);
        }
  } finally {
    await Promise.all(tried.map(({ executor }) => executor.dispose()));
  }
  return Object.fromEntries(tried.filter(({ ms }) => Number.isFinite(ms)).map(({ name, ms }) => [name, ms]));
}

/** Numbers that keep the state finite: small scalars, samples in [0, 1), and the first row or class everywhere. */
function feedsOf({ inputs }: Graph): NamedData {
  return Object.fromEntries(
    [...inputs].map(([name, { shape, dtype }]): [string, Data] => {
      const data = new arrayTypes[dtype](sizeOf(shape));
      if (dtype !== "float32") return [name, data];
      return [name, shape.length === 0 ? data.fill(1e-3) : data.map((_, i) => (i * 0.618034) % 1)];
    }),
  );
}
