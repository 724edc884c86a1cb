import { defaults } from "../../../schemas/defaults.ts";
import { trainingLength } from "../../epochSize.ts";
import type { DataModel } from "./data.ts";
import { countOf, numberOf, type ValueAt } from "./values.ts";

/** How long the student trains. */
export interface Duration {
  readonly stepsPerEpoch: number | undefined;
  readonly totalSteps: number | undefined;
}

export function duration(at: ValueAt, data: DataModel): Duration {
  const steps = countOf(at("training", "steps"));
  const unknown = { stepsPerEpoch: undefined, totalSteps: steps };
  const { trainCount: count, unlabelledCount, batchSize, dropRemainder } = data;
  if (count === undefined) return unknown;
  const epochs = countOf(at("training", "epochs")) ?? defaults.epochs;
  const share = numberOf(at("data", "unlabelled", "share"));
  if (share === undefined || unlabelledCount === undefined)
    return trainingLength({ count, batchSize, dropRemainder }, { steps, epochs });
  const unlabelledInBatch = Math.round(share * batchSize);
  if (unlabelledInBatch <= 0 || unlabelledInBatch >= batchSize) return unknown;
  const mixture = { labelled: count - unlabelledCount, unlabelledInBatch };
  return trainingLength({ count, batchSize, dropRemainder, mixture }, { steps, epochs });
}
