import { blendsLabels } from "../../data/augmentations/augmentations.ts";
import { epochSize } from "../../epochSize.ts";
import { type Distillation, distillationProgram } from "../distill/program.ts";
import { scheduleOf } from "../distill/schedules/schedules.ts";
import type { TeacherInLoop } from "../distill/teacherInLoop.ts";
import { partsOf } from "./accumulation.ts";
import { evaluationBatch } from "./evaluation.ts";
import { budget, epochOf, type Fit, stepSamples } from "./fitConfig.ts";
import { labelKind } from "./labelRows.ts";
import type { ResidentData } from "./residentData.ts";
import type { TeacherInStep } from "./targets.ts";

/** The program of a stage that begins after `from` steps: its schedules, and what the optimizer counts, begin there. */
export function stageProgram(
  config: Fit,
  { from, data }: { readonly from: number; readonly data: ResidentData | undefined },
): Distillation {
  const program = programOf(config, data);
  const own = (step: number) => Math.max(0, step - from);
  return {
    ...program,
    hyperparameters: (step) => program.hyperparameters(own(step)),
    learningRate: (step) => program.learningRate(own(step)),
    lossWeights: (step) => program.lossWeights(own(step)),
  };
}

function programOf(config: Fit, data: ResidentData | undefined): Distillation {
  const { totalSteps, stepsPerEpoch } = budget(config);
  const { steps, short } = epochSize(epochOf(config));
  const each = stepSamples(config);
  const sizes = [...(steps > 1 || short === 0 ? [each] : []), ...(short === 0 ? [] : [short])];
  const parts = sizes.map((samples) => partsOf(samples, config.batchSize));
  return distillationProgram({
    student: config.net,
    losses: config.losses,
    sharedWeights: config.sharedWeights,
    optimizer: config.optimizer,
    weightPatterns: config.weightPatterns,
    schedule: scheduleOf(config.schedule, {
      learningRate: config.optimizer.learningRate,
      totalSteps,
      stepsPerEpoch: config.scheduleEpoch ?? stepsPerEpoch,
    }),
    clipNorm: config.training.clipNorm,
    ema: config.training.ema,
    precision: config.training.precision,
    teacher: config.targets && teacherOf(data?.inStep),
    teacherFeatures: config.targets?.features,
    samples: config.train.count,
    seed: config.seed,
    labels: labelKind(config.train, blendsLabels(config.augment)),
    task: config.train.task,
    standard: config.standard,
    resident: data?.resident,
    batchSizes: [...new Set(parts.map((step) => step.at(-1) as number))],
    accumulated: accumulates(config) ? [...new Set(parts.flatMap((step) => step.slice(0, -1)))] : undefined,
    evaluationBatchSizes: [evaluationBatch(config.batchSize)],
  });
}

/** Whether a step has several batches. */
export const accumulates = ({ training }: Fit): boolean => (training.accumulate ?? 1) > 1;

const teacherOf = (inStep: TeacherInStep | undefined): TeacherInLoop =>
  inStep === undefined
    ? "fed"
    : { net: inStep.net, input: inStep.normalize ? "own" : "shared", outputs: inStep.outputs };
