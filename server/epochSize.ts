/** Batches of which a fixed part has no labels. Samples with labels come first. */
export interface Mixture {
  readonly labelled: number;
  /** Number of samples without a label in a batch: at least one, and fewer than the batch. */
  readonly unlabelledInBatch: number;
}

export interface EpochOptions {
  readonly count: number;
  readonly batchSize: number;
  readonly dropRemainder: boolean;
  readonly mixture?: Mixture | undefined;
  /** Batches of a step, over which its gradients are accumulated; 1 when absent. */
  readonly accumulate?: number | undefined;
}

/** Batches of an epoch, and the size of the last one if it is short, else 0. */
export function batchesOf({ count, batchSize, dropRemainder, mixture }: Omit<EpochOptions, "accumulate">): {
  readonly batches: number;
  readonly short: number;
} {
  if (mixture !== undefined) {
    const { labelled, unlabelledInBatch } = mixture;
    const batches = Math.max(
      Math.ceil(labelled / (batchSize - unlabelledInBatch)),
      Math.ceil((count - labelled) / unlabelledInBatch),
    );
    return { batches, short: 0 };
  }
  return {
    batches: dropRemainder ? Math.floor(count / batchSize) : Math.ceil(count / batchSize),
    short: dropRemainder ? 0 : count % batchSize,
  };
}

/** Steps of an epoch, and the samples of its last one if it has fewer than the others, else 0. */
export function epochSize(options: EpochOptions): { readonly steps: number; readonly short: number } {
  const { batchSize, dropRemainder, accumulate = 1 } = options;
  const { batches, short } = batchesOf(options);
  const whole = Math.floor(batches / accumulate);
  if (batches % accumulate === 0) {
    const last = short === 0 ? 0 : (accumulate - 1) * batchSize + short;
    return { steps: whole, short: last };
  }
  if (dropRemainder) return { steps: whole, short: 0 };
  const rest = (batches % accumulate) * batchSize;
  return { steps: whole + 1, short: short === 0 ? rest : rest - batchSize + short };
}

/** Steps of an epoch and in all; `epochs` is used where `steps` is absent. */
export function trainingLength(
  epoch: EpochOptions,
  { steps, epochs }: { readonly steps?: number | undefined; readonly epochs?: number | undefined },
): { readonly stepsPerEpoch: number; readonly totalSteps: number } {
  const { steps: stepsPerEpoch } = epochSize(epoch);
  return { stepsPerEpoch, totalSteps: steps ?? (epochs ?? 0) * stepsPerEpoch };
}
