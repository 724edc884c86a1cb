import type { View } from "../../data/views.ts";
import { type Budgeted, type Fit, wholeBudget } from "./fitConfig.ts";

/** All samples of an epoch are seen in the same of `views` views; the next epoch has the next one. */
export const viewAt = (
  step: number,
  { views, stepsPerEpoch }: { readonly views: number; readonly stepsPerEpoch: number },
): number => Math.floor(step / stepsPerEpoch) % views;

type Viewed = Budgeted & Pick<Fit, "views" | "augment" | "seed">;

/** The views that a training uses; undefined where samples have none. */
export function viewsOf(stages: readonly Viewed[]): readonly View[] | undefined {
  const { views, augment, seed } = stages[0] as Viewed; // Stages have the same samples.
  if (views === undefined || augment.length === 0) return undefined;
  const { totalSteps, stepsPerEpoch } = wholeBudget(stages);
  const count = Math.min(views, Math.ceil(totalSteps / stepsPerEpoch));
  return Array.from({ length: count }, (_, number) => ({ augment, seed, number }));
}
