import { sizeOf } from "../../../sizeOf.ts";
import type { Graph, Value } from "../graph.ts";
import { type Split, splitUpdates } from "../inPlace/split.ts";
import { inputValues } from "../kernel.ts";
import { productMs, worthThreads } from "../layouts/cost.ts";
import { optimise } from "../passes/optimise.ts";
import type { PartsOfBatch } from "../slots.ts";
import { batchOf, largestBatch, trainingStep } from "../trainingStep.ts";
import { samplesMeet } from "./divideGraph.ts";
import { divideSplit } from "./divideSplit.ts";

/**
 * Into how many parts a batch is divided, and how many samples a part of so many has at least, however many threads there are, so that
 * they change no bit. Measured on two threads, of the time of a whole batch of 128: ViT 0.65 to 0.83, two small convolutions 0.35 to
 * 0.95, LeNet 0.5 to 0.9; in two parts 0.86, 0.35 to 1 and 0.5 to 0.95, in eight 0.82, 0.5 to 1.2 and 0.7 to 1.2. Of 256 samples eight
 * parts take 0.9 to 0.97 of the time of four, of 512 sixteen 0.8 to 1 of it, and of 1,024 sixteen 0.75 to 0.85. What two processors hand
 * each other between operators takes the most where they share no cache. On one thread it is 0.87 to 1.03, as a part's tensors stay
 * in the cache.
 */
const fewestSamples = [
  [16, 32],
  [8, 32],
  [4, 16],
  [2, 16],
] as const;
/**
 * Nanoseconds of {@link usualBatch} samples for each weight. Dense layers of an mlp take 13: their products are slower in parts, those
 * of 50,000 weights take 1.2 to 1.3 of their time as a whole for 256 to 1,024 samples, and those of 2.4 million 1.3 of it where nothing
 * trains. Weights that slide over an image or a sequence take 100 and more.
 */
const worthProducts = 50;
const usualBatch = 128;
/** Nanoseconds for each weight and each part but one: it has a gradient of its own, which is written and read again. */
const worthGradients = 15;
/** Of the other parts' gradients: 200 MB. */
const mostTrained = 3 * 2 ** 24;

/** Into how many parts the batches of a program are divided, each by its samples. */
export interface WorthParts {
  /** Those of the batch that decided. */
  readonly count: number;
  readonly parts: PartsOfBatch;
}

/**
 * Into how many parts the batches of a program are worth dividing, by its step or, where none trains, by its largest batch; undefined
 * where they are not, or where samples meet.
 * @param ms of its convolutions, by estimate, on one thread
 */
export function worthParts(graphs: readonly Graph[], ms: number): WorthParts | undefined {
  const largest = trainingStep(graphs) ?? largestBatch(graphs);
  if (largest === undefined) return undefined;
  const all = ms + productMs(largest);
  const samples = batchOf(largest);
  const wanted = partsOf(samples);
  if (all < worthThreads || wanted === 1 || samplesMeet(largest, wanted)) return undefined;
  const split = splitUpdates([optimise(largest)], { inPlace: true });
  const trained = trainedIn(split);
  const weights = largest.updates.size > 0 ? trained : weightsOf(largest);
  const perWeight = (1e6 * all) / weights;
  if (perWeight * usualBatch < worthProducts * samples) return undefined;
  if (perWeight < worthGradients * (wanted - 1)) return undefined;
  const parts = (samples: number) => partsOf(samples, 1 + mostTrained / trained);
  return divideSplit(split, { parts }).parts.size > 0 ? { count: parts(samples), parts } : undefined;
}

const trainedIn = ({ updates }: Split): number =>
  updates.flatMap(({ parameters }) => parameters).reduce((sum, { size }) => sum + size, 0);

/** Those that are read; of a table only rows are. */
function weightsOf({ state, nodes }: Graph): number {
  const read = new Set(
    nodes.flatMap(({ kernel, inputs }) =>
      kernel === "GatherV2" ? (inputs["indices"] as Value) : inputValues(inputs),
    ),
  );
  return [...state.values()].reduce((sum, value) => sum + (read.has(value) ? sizeOf(value.shape) : 0), 0);
}

/** Parts of one size, of so many at most. */
function partsOf(samples: number, most = Number.POSITIVE_INFINITY): number {
  const fits = ([count, fewest]: (typeof fewestSamples)[number]) =>
    count <= most && samples % count === 0 && samples / count >= fewest;
  return fewestSamples.find(fits)?.[0] ?? 1;
}
