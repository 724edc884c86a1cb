import type { Node } from "jsonc-parser";
import { defaults } from "../../../schemas/defaults.ts";
import { type EpochOptions, trainingLength } from "../../epochSize.ts";
import type { DataModel } from "./data.ts";
import type { NetModel } from "./net.ts";
import type { StageModel } from "./stages.ts";
import { countOf, member, numberOf, type ValueAt } from "./values.ts";

/** How long a network trains, as far as the text and its files tell. */
export interface Duration {
  readonly stepsPerEpoch: number | undefined;
  readonly totalSteps: number | undefined;
  /** A fraction where `steps` ends training inside an epoch. */
  readonly epochs: number | undefined;
}

/** Of the student, in all its stages. */
export function duration(at: ValueAt, data: DataModel, stages: readonly StageModel[]): Duration {
  const each = stages.map((stage) => stageDuration(stage, at, data));
  const sum = (key: "totalSteps" | "epochs") =>
    each.reduce<number | undefined>((total, { [key]: length }) => {
      return total === undefined || length === undefined ? undefined : total + length;
    }, 0);
  return { stepsPerEpoch: each[0]?.stepsPerEpoch, totalSteps: sum("totalSteps"), epochs: sum("epochs") };
}

/** Of one stage. */
export function stageDuration({ training }: StageModel, at: ValueAt, data: DataModel): Duration {
  const own = countOf(member(training, "steps")) ?? countOf(member(training, "epochs"));
  return lengthOf(own === undefined ? at("training") : training, studentEpoch(at, data), defaults.epochs);
}

/** Of a teacher that the file trains, on the samples with labels; undefined where the file does not. */
export function teacherDuration(
  { node, source }: NetModel,
  { trainCount, unlabelledCount, batchSize }: DataModel,
): Duration | undefined {
  const training = member(node, "train");
  if (!training) return undefined;
  const [all, unlabelled] = source ? [source.count, source.unlabelled ?? 0] : [trainCount, unlabelledCount];
  const count = all === undefined || unlabelled === undefined ? undefined : all - unlabelled;
  const own = countOf(member(training, "batchSize")) ?? batchSize;
  const epoch = count === undefined ? undefined : { count, batchSize: own, dropRemainder: false };
  return lengthOf(training, epoch, defaults.teacherEpochs);
}

function studentEpoch(at: ValueAt, data: DataModel): EpochOptions | undefined {
  const { trainCount: count, unlabelledCount, batchSize, dropRemainder, accumulate } = data;
  if (count === undefined) return undefined;
  const share = numberOf(at("data", "unlabelled", "share"));
  if (share === undefined || unlabelledCount === undefined)
    return { count, batchSize, dropRemainder, accumulate };
  const unlabelledInBatch = Math.round(share * batchSize);
  if (unlabelledInBatch <= 0 || unlabelledInBatch >= batchSize) return undefined;
  const mixture = { labelled: count - unlabelledCount, unlabelledInBatch };
  return { count, batchSize, dropRemainder, accumulate, mixture };
}

function lengthOf(training: Node | undefined, epoch: EpochOptions | undefined, fallback: number): Duration {
  const steps = countOf(member(training, "steps"));
  const epochs = countOf(member(training, "epochs")) ?? fallback;
  const length = epoch && trainingLength(epoch, { steps, epochs });
  return {
    stepsPerEpoch: length?.stepsPerEpoch,
    totalSteps: length?.totalSteps ?? steps,
    epochs: steps === undefined ? epochs : length?.stepsPerEpoch ? steps / length.stepsPerEpoch : undefined,
  };
}
