import { inGroup, isOfStep, isOfTeacher } from "../distill/names.ts";
import type { Distillation } from "../distill/program.ts";
import type { Executor, NamedData } from "../program.ts";
import type { Progress, StoredTensors, TrainContext } from "./context.ts";
import { type Fit, type Fitted, subjectOf } from "./fitConfig.ts";
import { dataOf, modelFilesOf, savedGroup, savedNames, stored } from "./trainedWeights.ts";

/** Saves a fit: checkpoints, the best weights by validation, and those of the last step. */
export interface Checkpointing {
  /** Whether one is to be written after `step` steps. */
  isDue(step: number): boolean;
  /**
   * @param kept of the state, what is written; all when absent
   * @returns what was written, or the state that is not finite, in which case nothing is: the last good checkpoint stays
   */
  write(
    progress: Progress,
    kept?: (state: StoredTensors) => StoredTensors,
  ): Promise<{ readonly tensors: StoredTensors } | { readonly spoiled: string }>;
  /** Whether there is one to resume from. */
  isKept(): boolean;
  /** Marks the current weights as the best so far; the next checkpoint writes them. */
  markBest(): Promise<void>;
  /** Writes the weights of a finished fit. */
  finish(progress: Progress): Promise<Fitted>;
}

/** By default a checkpoint is written when an epoch ends, but not more often than this: it costs a few disk syncs. */
const leastMs = 2000;

export function checkpointing(
  config: Fit,
  context: TrainContext,
  {
    program,
    executor,
    stepsPerEpoch,
    unused,
    isResumed,
  }: {
    readonly program: Distillation;
    readonly executor: Executor;
    readonly stepsPerEpoch: number;
    /** State that this stage has no use for, and a later one has. */
    readonly unused: StoredTensors;
    /** There is a checkpoint already. */
    readonly isResumed: boolean;
  },
): Checkpointing {
  const { net, subject, training } = config;
  const store = context.store(subject);
  let bestWeights: NamedData | undefined; // of this process; earlier ones are in the store
  let isBestStored = true;
  let isKept = isResumed;
  let written = performance.now();

  const weightsOfNow = async () => inGroup(savedGroup(config), await executor.read(savedNames(config)));
  const storeWeights = (kind: "best" | "final", weights: NamedData) =>
    store.writeWeights(kind, stored(weights, net), {
      files: modelFilesOf(config, weights),
      stage: config.stage,
    });

  return {
    isDue(step) {
      const { checkpointEvery } = training;
      if (checkpointEvery !== undefined) return step % checkpointEvery === 0;
      return step % stepsPerEpoch === 0 && performance.now() - written >= leastMs;
    },
    async write(progress, kept = (state) => state) {
      const learned = Object.entries(program.state).filter(([name]) => !isOfTeacher(name) && !isOfStep(name));
      const state = await executor.read(learned.map(([name]) => name));
      const bad = Object.keys(state).find((name) => !state[name]?.every(Number.isFinite));
      if (bad !== undefined) return { spoiled: `${bad} holds values that are not finite` };
      if (bestWeights !== undefined && !isBestStored) await storeWeights("best", bestWeights);
      isBestStored = true;
      const tensors = kept({
        ...unused,
        ...Object.fromEntries(
          learned.map(([name, spec]) => [name, { ...spec, data: state[name] as Float32Array }]),
        ),
      });
      const path = await store.writeCheckpoint({ tensors, progress, keep: training.keepCheckpoints });
      context.report({ type: "checkpoint", ...subjectOf(subject), step: progress.step, path });
      written = performance.now();
      isKept = true;
      return { tensors };
    },
    isKept: () => isKept,
    async markBest() {
      bestWeights = await weightsOfNow();
      isBestStored = false;
    },
    async finish({ step: steps, best }) {
      const final = await weightsOfNow();
      await storeWeights("final", final);
      if (best === undefined) await storeWeights("best", final);
      const chosen =
        best === undefined ? final : (bestWeights ?? dataOf(await present(store.readWeights("best"))));
      return { weights: chosen, steps, epochs: steps / stepsPerEpoch, ...(best ? { best } : {}) };
    },
  };
}

async function present<T>(value: Promise<T | undefined>): Promise<T> {
  const found = await value;
  if (found === undefined) throw new Error("the best weights of this run are missing from its folder");
  return found;
}
