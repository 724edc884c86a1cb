import { firstThat, movesPixels } from "../../data/augmentations/augmentations.ts";
import type { Samples } from "../../data/samples.ts";
import { grouped } from "../../grouped.ts";
import { residentBytes, type TableSamples } from "../distill/residentBatches.ts";
import type { TrainContext } from "./context.ts";
import type { Fit } from "./fitConfig.ts";

/** Where a fit's samples are stored during training. */
export interface Residency {
  readonly isResident: boolean;
  /** For the log. */
  readonly sentence: string;
}

export interface ResidencyOptions {
  readonly train: TableSamples;
  readonly augment: Fit["augment"];
  readonly views?: number | undefined;
  readonly teacher?: TeacherAt | undefined;
  readonly training?: Pick<Fit["training"], "accumulate">;
}

/**
 * Source of the teacher's outputs for a batch: cached, with the numbers per sample (undefined: of its layers, and not known
 * yet), or computed in the step or beside it.
 */
export type TeacherAt = { readonly kept: number | undefined } | "in the step" | "beside the step";

/** A teacher inside the step would compute in the step's precision, but its outputs must be float32. */
export const isPossibleInStep = ({ precision }: Pick<Fit["training"], "precision">): boolean =>
  precision !== "bfloat16";

/** Share of a device's memory for data; the rest is for training. */
const share = 1 / 4;

/**
 * Whether the samples are stored on the device, so that steps are fed only row numbers and random draws. Undefined where the
 * engine cannot: one that computes in the host's memory gains nothing.
 */
export function residency(
  { train, augment, views, teacher, training }: ResidencyOptions,
  { device, deviceMemory }: Pick<TrainContext, "device" | "deviceMemory">,
): Residency | undefined {
  if (deviceMemory === undefined) return undefined;
  const fed = (why: string) => ({ isResident: false, sentence: `Batches are fed to it: ${why}.` });
  if (train.onDisk !== undefined) return fed("the samples stay on disk");
  if (views !== undefined && augment.length > 0) return fed("the samples have views");
  const onHost = firstThat(augment, "onHost");
  if (onHost !== undefined) return fed(`${onHost} is computed outside of the step`);
  const blending = firstThat(augment, "blendsLabels");
  if (blending !== undefined && (training?.accumulate ?? 1) > 1)
    return fed(`${blending} pairs samples of all batches of a step`);
  if (teacher === "beside the step") return fed("the teacher runs on each beside the step");
  if (device === "cpu" && augment.some(isMove))
    return fed("on a CPU augmentation is faster outside of the step");
  const kept = typeof teacher === "object" ? teacher.kept : 0;
  const bytes = residentBytes(train, kept ?? 0);
  const room = deviceMemory * share;
  if (bytes > room) return fed(`${samplesOf(train)} take ${size(bytes)}, and it has ${size(room)} for data`);
  const sentence = [
    `It holds ${samplesOf(train)}, ${size(bytes)}`,
    augment.length > 0 && ", and augments them",
    kept === undefined && ", and the teacher's layer outputs where they fit",
    augment.some(({ type }) => type === "noise") && "; their noise is fed to it",
    teacher === "in the step" && "; the teacher is part of the step",
    ".",
  ];
  return { isResident: true, sentence: sentence.filter(Boolean).join("") };
}

/**
 * In a step augmentation is a gather, 0.6 ms in TensorFlow on two cores for 128 images of 28 × 28; outside, drawing and copying
 * whole lines takes 0.35 ms, and on a CPU the saved calls do not make up for the difference. A GPU waits while lines are copied
 * and batches transferred; that has not been measured.
 */
const isMove = ({ type }: Fit["augment"][number]) => movesPixels(type);

const samplesOf = ({ count }: Pick<Samples, "count">) => `${grouped(count)} samples`;

const size = (bytes: number) =>
  bytes < 1e9 ? `${Math.max(1, Math.round(bytes / 1e6))} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
