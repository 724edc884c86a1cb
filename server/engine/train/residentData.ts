import { changesOf } from "../../data/augment.ts";
import { blendsLabels } from "../../data/augmentations/augmentations.ts";
import type { Change } from "../../data/augmentations/change.ts";
import { sizeOf } from "../../sizeOf.ts";
import { asGroup, tapGroup } from "../distill/names.ts";
import { residentBatches, type SampleOutputs } from "../distill/residentBatches.ts";
import type { TrainContext } from "./context.ts";
import type { Fit } from "./fitConfig.ts";
import { labelKind, labelRows } from "./labelRows.ts";
import { isPossibleInStep, residency } from "./residency.ts";
import type { TargetFeeds, TeacherInStep, TeacherTargets } from "./targets.ts";

/** A fit's data on the device. */
export interface ResidentData extends ReturnType<typeof residentBatches> {
  readonly changes: readonly Change[];
  /** The teacher, where it is part of the step. */
  readonly inStep?: TeacherInStep | undefined;
}

/** The samples in the program's tables, where the device has memory for them. */
export function residentData(config: Fit, context: TrainContext): ResidentData | undefined {
  const { net, train, normalize, augment, views, targets } = config;
  if (context.deviceMemory === undefined || train.values.inMemory === undefined) return undefined;
  const kept = targets?.all?.();
  const outputs = kept && outputsOf(kept, train.count, targets);
  const inStep = outputs === undefined && isPossibleInStep(config.training) ? targets?.inStep : undefined;
  const numbers = Object.values(outputs ?? {}).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const at = outputs ? { kept: numbers } : inStep ? "in the step" : "beside the step";
  const teacher = targets && at;
  const { training } = config;
  if (!residency({ train, augment, views, teacher, training }, context)?.isResident) return undefined;
  const classes = net.outputShape.at(-1) as number;
  const changes = changesOf(augment, train.shape);
  const teacherNormalize = inStep?.normalize;
  const kind = labelKind(train, blendsLabels(augment));
  const all = Int32Array.from({ length: train.count }, (_, row) => row);
  const rows = train.targets && labelRows(train, all, { kind, outputs: classes });
  const batches = residentBatches({
    samples: train,
    rows,
    normalize,
    changes,
    classes,
    outputs,
    teacherNormalize,
  });
  return { ...batches, changes, inStep };
}

/** The teacher's cached outputs, by the names of a step's feeds. */
const outputsOf = (
  { logits, features }: TargetFeeds,
  count: number,
  { features: shapes = {} }: Pick<TeacherTargets, "features"> = {},
): Readonly<Record<string, SampleOutputs>> => ({
  teacherLogits: { shape: [logits.length / count], values: logits },
  ...asGroup(
    tapGroup,
    Object.fromEntries(
      Object.entries(features).map(([layer, values]) => [layer, { shape: shapes[layer] ?? [], values }]),
    ),
  ),
});
