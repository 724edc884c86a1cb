/** Batches of which a fixed part has no labels. The samples with labels stand before the others. */
export interface Mixture {
  readonly labelled: number;
  /** Samples of a batch without a label: at least one, and fewer than the batch has. */
  readonly unlabelledInBatch: number;
}

export interface EpochOptions {
  readonly count: number;
  readonly batchSize: number;
  readonly dropRemainder: boolean;
  readonly mixture?: Mixture | undefined;
}

/** Steps of an epoch, and samples of its last batch where that has fewer; 0 where all are whole. */
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

/** Steps of an epoch and in all; `epochs` counts where `steps` says nothing. */
export function trainingLength(
  epoch: EpochOptions,
  { steps, epochs }: { readonly steps?: number | undefined; readonly epochs?: number | undefined },
): { readonly stepsPerEpoch: number; readonly totalSteps: number } {
  const { steps: stepsPerEpoch } = epochSize(epoch);
  return { stepsPerEpoch, totalSteps: steps ?? (epochs ?? 0) * stepsPerEpoch };
}
