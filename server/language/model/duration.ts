import type { DataModel } from "./data.ts";
import type { Model } from "./model.ts";
import { countOf, numberOf } from "./values.ts";

/** How long the student trains. */
export interface Duration {
  readonly stepsPerEpoch: number | undefined;
  readonly totalSteps: number | undefined;
}

export const defaultEpochs = 10;

export function duration(at: Model["at"], data: DataModel): Duration {
  const stepsPerEpoch = stepsFor(data, numberOf(at("data", "unlabelled", "share")));
  const steps = countOf(at("training", "steps"));
  const epochs = countOf(at("training", "epochs")) ?? defaultEpochs;
  return {
    stepsPerEpoch,
    totalSteps: steps ?? (stepsPerEpoch === undefined ? undefined : stepsPerEpoch * epochs),
  };
}

function stepsFor(
  { trainCount, unlabelledCount, batchSize, dropRemainder }: DataModel,
  share: number | undefined,
): number | undefined {
  if (trainCount === undefined) return undefined;
  if (share === undefined || unlabelledCount === undefined)
    return dropRemainder ? Math.floor(trainCount / batchSize) : Math.ceil(trainCount / batchSize);
  const others = Math.round(share * batchSize);
  if (others <= 0 || others >= batchSize) return undefined;
  return Math.max(
    Math.ceil((trainCount - unlabelledCount) / (batchSize - others)),
    Math.ceil(unlabelledCount / others),
  );
}
