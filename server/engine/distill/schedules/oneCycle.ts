import { boolean, choice, number, optional, type ValuesOf } from "../../../parameters/parameter.ts";
import { type Curve, type Span, schedule } from "./schedule.ts";

const parameters = {
  maxLearningRate: optional(
    number("Learning rate at the top. Absent: the optimizer's.", { exclusiveMinimum: 0, examples: [0.01] }),
  ),
  pctStart: number("Share of the steps in which the rate rises.", {
    exclusiveMinimum: 0,
    exclusiveMaximum: 1,
    default: 0.3,
    examples: [0.3],
  }),
  divFactor: number("It starts at maxLearningRate / divFactor.", { minimum: 1, default: 25, examples: [25] }),
  finalDivFactor: number("It ends at the start / finalDivFactor.", {
    minimum: 1,
    default: 1e4,
    examples: [1e4],
  }),
  anneal: choice("Form of rise and fall.", ["cosine", "linear"], { default: "cosine", examples: ["linear"] }),
  threePhase: boolean("Fall to the start rate first and then to the end, rather than directly to the end.", {
    default: false,
  }),
};

/**
 * Smith and Topin 2018, as torch.optim.lr_scheduler.OneCycleLR. Its turning points are not rounded to whole steps. It moves
 * the learning rate alone: momentum and betas stay as the optimizer has them, as with cycle_momentum=False.
 */
export const oneCycle = schedule({
  description:
    "Rises to `maxLearningRate` and falls far below the start, like PyTorch's OneCycleLR (Smith and Topin 2018).",
  hint: "Rises once and falls.",
  parameters,
  curve,
});

function curve(
  { maxLearningRate, pctStart, divFactor, finalDivFactor, anneal, threePhase }: ValuesOf<typeof parameters>,
  { rate, steps }: Span,
): Curve {
  const top = maxLearningRate ?? rate;
  const start = top / divFactor;
  const end = start / finalDivFactor;
  const last = steps - 1;
  const climbed = pctStart * steps - 1;
  const phases = threePhase
    ? [
        { until: climbed, from: start, to: top },
        { until: 2 * pctStart * steps - 2, from: top, to: start },
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
  return (step) => {
    let begun = 0;
    for (const { until, from, to } of phases) {
      if (step <= until) return between(from, to, until > begun ? (step - begun) / (until - begun) : 1);
      begun = until;
    }
    return end;
  };
}
