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
}

/** Steps of an epoch, and the size of its last batch if it is short, else 0. */
export function epochSize({ count, batchSize, dropRemainder, mixture }: EpochOptions): {
  readonly steps: number;
  readonly short: number;
} {
  if (mixture !== undefined) {
    const { labelled, unlabelledInBatch } = mixture;
    const steps = Math.max(
      Math.ceil(labelled / (batchSize - unlabelledInBatch)),
      Math.ceil((count - labelled) / unlabelledInBatch),
    );
    return { steps, short: 0 };
  }
  return {
    steps: dropRemainder ? Math.floor(count / batchSize) : Math.ceil(count / batchSize),
    short: dropRemainder ? 0 : count % batchSize,
  };
}

/** Steps of an epoch and in all; `epochs` is used where `steps` is absent. */
export function trainingLength(
  epoch: EpochOptions,
  { steps, epochs }: { readonly steps?: number | undefined; readonly epochs?: number | undefined },
): { readonly stepsPerEpoch: number; readonly totalSteps: number } {
  const { steps: stepsPerEpoch } = epochSize(epoch);
  return { stepsPerEpoch, totalSteps: steps ?? (epochs ?? 0) * stepsPerEpoch };
}
