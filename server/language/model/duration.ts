import type { DataModel } from "./data.ts";
import type { Model } from "./model.ts";
import { countOf } from "./values.ts";

/** How long the student trains. */
export interface Duration {
  readonly stepsPerEpoch: number | undefined;
  readonly totalSteps: number | undefined;
}

export const defaultEpochs = 10;

export function duration(at: Model["at"], { trainCount, batchSize, dropRemainder }: DataModel): Duration {
  const stepsPerEpoch = trainCount === undefined ? undefined : stepsFor(trainCount, batchSize, dropRemainder);
  const steps = countOf(at("training", "steps"));
  const epochs = countOf(at("training", "epochs")) ?? defaultEpochs;
  return {
    stepsPerEpoch,
    totalSteps: steps ?? (stepsPerEpoch === undefined ? undefined : stepsPerEpoch * epochs),
  };
}

const stepsFor = (samples: number, batchSize: number, dropRemainder: boolean): number =>
  dropRemainder ? Math.floor(samples / batchSize) : Math.ceil(samples / batchSize);
