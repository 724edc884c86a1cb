/** What decides how far training may go before somebody looks, in steps. */
export interface Looks {
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
  /** The last batch of an epoch has fewer samples. */
  readonly endsShort: boolean;
  readonly evaluateEvery?: number | undefined;
  readonly checkpointEvery?: number | undefined;
}

/**
 * Steps from `step` (how many are done) that may be run in one call: up to the next evaluation or checkpoint, the end of the
 * epoch, where a new order begins, or the end of all; whole batches only, or the short one alone.
 */
export function stepsToLook(
  step: number,
  { totalSteps, stepsPerEpoch, evaluateEvery, checkpointEvery, endsShort }: Looks,
): number {
  const to = (every: number) => every - (step % every);
  const toEpoch = to(stepsPerEpoch);
  return Math.min(
    totalSteps - step,
    endsShort && toEpoch > 1 ? toEpoch - 1 : toEpoch,
    ...[evaluateEvery, checkpointEvery].map((every) =>
      every === undefined ? Number.POSITIVE_INFINITY : to(every),
    ),
  );
}

/** Milliseconds that a call takes: nobody is told of a loss sooner, and a stop is heard after it. */
const callMs = 90;

/** Chooses how many steps a call takes by how long the last one took. The bits of a step do not depend on it. */
export interface Pace {
  steps(most: number): number;
  took(steps: number, ms: number): void;
}

export function pace(): Pace {
  let chosen = 1;
  return {
    steps: (most) => Math.min(most, chosen),
    // Not more than twice as many: the first calls are slower than what follows, and another one may be slower again.
    took(steps, ms) {
      const fitting = Math.max(1, Math.floor((callMs * steps) / ms));
      chosen = Math.min(fitting, Math.max(chosen, 2 * steps));
    },
  };
}
