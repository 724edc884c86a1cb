import type { View } from "../../data/views.ts";
import { budget, type Fit } from "./fitConfig.ts";

/** All samples of an epoch are seen in the same of `views` views; the next epoch has the next one. */
export const viewAt = (
  step: number,
  { views, stepsPerEpoch }: { readonly views: number; readonly stepsPerEpoch: number },
): number => Math.floor(step / stepsPerEpoch) % views;

/** Those that a fit comes to see; undefined where samples have none. */
export function viewsOf({ views, augment, seed, ...rest }: Fit): readonly View[] | undefined {
  if (views === undefined || augment.length === 0) return undefined;
  const { totalSteps, stepsPerEpoch } = budget(rest);
  const count = Math.min(views, Math.ceil(totalSteps / stepsPerEpoch));
  return Array.from({ length: count }, (_, number) => ({ augment, seed, number }));
}
