/**
 * Learning rates over the steps of a run, as PyTorch's schedulers give them when they are stepped after each optimizer
 * step. A curve maps a step, 0 for the first, to the rate in force for it.
 */
export type Curve = (step: number) => number;

export const constant =
  (rate: number): Curve =>
  () =>
    rate;

/** A straight line from rate · startFactor to rate · endFactor, reached at step `over` and held from there on. */
export const linear =
  (
    rate: number,
    { startFactor = 1, endFactor, over }: { startFactor?: number; endFactor: number; over: number },
  ): Curve =>
  (step) =>
    rate * (startFactor + (endFactor - startFactor) * progress(step, over));

/** Half a cosine from `rate` to `minimum`, reached at step `over` and held (Loshchilov and Hutter 2017, without restarts). */
export const cosine =
  (rate: number, { minimum = 0, over }: { minimum?: number; over: number }): Curve =>
  (step) =>
    minimum + ((rate - minimum) * (1 + Math.cos(Math.PI * progress(step, over)))) / 2;

/** Times `gamma` after every `stepSize` steps. */
export const step =
  (rate: number, { stepSize, gamma }: { stepSize: number; gamma: number }): Curve =>
  (at) =>
    rate * gamma ** Math.floor(at / stepSize);

/** Times `gamma` at each of the steps in `milestones`. */
export const multistep =
  (rate: number, { milestones, gamma }: { milestones: readonly number[]; gamma: number }): Curve =>
  (at) =>
    rate * gamma ** milestones.filter((milestone) => milestone <= at).length;

/** Times `gamma` after every step. */
export const exponential =
  (rate: number, { gamma }: { gamma: number }): Curve =>
  (at) =>
    rate * gamma ** at;

/** rate · (1 − step / over)^power, 0 from step `over` on. */
export const polynomial =
  (rate: number, { power, over }: { power: number; over: number }): Curve =>
  (at) =>
    rate * (1 - progress(at, over)) ** power;

/**
 * Climbs for `steps` steps before `then`, which counts from its own step 0. The climb starts at `startFactor` of the rate; when that
 * is absent, step k has (k + 1) / steps of it, so that the first step already learns and the last of the climb has all.
 */
export const warmup =
  (then: Curve, { rate, steps, startFactor }: { rate: number; steps: number; startFactor?: number }): Curve =>
  (at) => {
    if (at >= steps) return then(at - steps);
    if (startFactor === undefined) return (rate * (at + 1)) / steps;
    return rate * (startFactor + ((1 - startFactor) * at) / steps);
  };

export interface OneCycleParameters {
  /** The rate at the top. */
  readonly maximum: number;
  readonly totalSteps: number;
  /** Share of the steps in which the rate climbs. */
  readonly pctStart?: number | undefined;
  /** The rate starts at maximum / divFactor. */
  readonly divFactor?: number | undefined;
  /** It ends at that / finalDivFactor. */
  readonly finalDivFactor?: number | undefined;
  readonly anneal?: "cosine" | "linear" | undefined;
  /** Down to the start first, and from there to the end. */
  readonly threePhase?: boolean | undefined;
}

/** Smith and Topin 2018, as torch.optim.lr_scheduler.OneCycleLR. Its turning points are not rounded to whole steps. */
export function oneCycle({
  maximum,
  totalSteps,
  pctStart = 0.3,
  divFactor = 25,
  finalDivFactor = 1e4,
  anneal = "cosine",
  threePhase = false,
}: OneCycleParameters): Curve {
  const start = maximum / divFactor;
  return cycle({
    totalSteps,
    pctStart,
    anneal,
    threePhase,
    start,
    top: maximum,
    end: start / finalDivFactor,
  });
}

/** The momentum that goes with {@link oneCycle}: from `maximum` down to `base` and back, the other way round. */
export const oneCycleMomentum = ({
  totalSteps,
  pctStart = 0.3,
  anneal = "cosine",
  threePhase = false,
  base = 0.85,
  maximum = 0.95,
}: Omit<OneCycleParameters, "maximum"> & { readonly base?: number; readonly maximum?: number }): Curve =>
  cycle({ totalSteps, pctStart, anneal, threePhase, start: maximum, top: base, end: maximum });

function cycle({
  totalSteps,
  pctStart,
  anneal,
  threePhase,
  start,
  top,
  end,
}: {
  readonly [Name in "totalSteps" | "pctStart" | "anneal" | "threePhase"]-?: NonNullable<
    OneCycleParameters[Name]
  >;
} & {
  readonly start: number;
  readonly top: number;
  readonly end: number;
}): Curve {
  const last = totalSteps - 1;
  const climbed = pctStart * totalSteps - 1;
  const phases = threePhase
    ? [
        { until: climbed, from: start, to: top },
        { until: 2 * pctStart * totalSteps - 2, from: top, to: start },
        { until: last, from: start, to: end },
      ]
    : [
        { until: climbed, from: start, to: top },
        { until: last, from: top, to: end },
      ];
  const between = (from: number, to: number, share: number) =>
    anneal === "linear"
      ? from + (to - from) * share
      : to + ((from - to) * (1 + Math.cos(Math.PI * share))) / 2;
  return (at) => {
    let begun = 0;
    for (const { until, from, to } of phases) {
      if (at <= until) return between(from, to, until > begun ? (at - begun) / (until - begun) : 1);
      begun = until;
    }
    return end;
  };
}

const progress = (step: number, over: number): number => (over > 0 ? Math.min(step, over) / over : 1);
