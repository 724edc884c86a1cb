import { movesPixels } from "../../data/augmentations/augmentations.ts";
import type { Samples } from "../../data/samples.ts";
import { grouped } from "../../grouped.ts";
import { heldBytes } from "../distill/heldBatches.ts";
import type { TrainContext } from "./context.ts";
import type { Fit } from "./fitConfig.ts";

/** Where a fit's samples are while it trains. */
export interface Holding {
  readonly isHeld: boolean;
  /** For whoever looks at the engine. */
  readonly sentence: string;
}

export interface Holdable {
  readonly train: Pick<Samples, "count" | "shape" | "storage">;
  readonly augment: Fit["augment"];
  readonly teacher?: TeacherAt | undefined;
}

/**
 * Where that is which the teacher says of a batch: kept, so many numbers of each sample (undefined: of its layers, and not known
 * yet), or said by a part of the step or by something beside it.
 */
export type TeacherAt = { readonly kept: number | undefined } | "in the step" | "beside the step";

/** A teacher that is part of the step computes in the precision of the step, and is to say what it says in float32. */
export const isPossibleInStep = ({ precision }: Pick<Fit["training"], "precision">): boolean =>
  precision !== "bfloat16";

/** The part of a device's memory that data may take; the rest is for the training. */
const share = 1 / 4;

/**
 * Whether a device holds the samples, so that steps are fed row numbers and what is drawn alone. Undefined where the engine
 * holds none: one that computes where the samples are gains nothing.
 */
export function holding(
  { train, augment, teacher }: Holdable,
  { device, deviceMemory }: Pick<TrainContext, "device" | "deviceMemory">,
): Holding | undefined {
  if (deviceMemory === undefined) return undefined;
  const fed = (why: string) => ({ isHeld: false, sentence: `Batches are fed to it: ${why}.` });
  if (teacher === "beside the step") return fed("the teacher sees each beside the step");
  if (device === "cpu" && augment.some(isMove)) return fed("a CPU moves pixels faster before than in a step");
  const kept = typeof teacher === "object" ? teacher.kept : 0;
  const bytes = heldBytes(train, kept ?? 0);
  const room = deviceMemory * share;
  if (bytes > room) return fed(`${samplesOf(train)} take ${size(bytes)}, and it has ${size(room)} for data`);
  const sentence = [
    `It holds ${samplesOf(train)}, ${size(bytes)}`,
    augment.length > 0 && ", and augments them",
    kept === undefined && ", and what the teacher says in its layers where that fits",
    augment.some(({ type }) => type === "noise") && "; their noise is fed to it",
    teacher === "in the step" && "; the teacher is part of the step",
    ".",
  ];
  return { isHeld: true, sentence: sentence.filter(Boolean).join("") };
}

/**
 * In a step pixels are moved by a gather, which takes TensorFlow 0.6 ms on two cores for 128 images of 28 × 28; before it,
 * drawing and copying whole lines takes 0.35 ms, and on a CPU the calls that are saved do not make up for more than that. A
 * card waits while lines are copied and batches brought to it; on one it has not been measured.
 */
const isMove = ({ type }: Fit["augment"][number]) => movesPixels(type);

const samplesOf = ({ count }: Pick<Samples, "count">) => `${grouped(count)} samples`;

const size = (bytes: number) =>
  bytes < 1e9 ? `${Math.max(1, Math.round(bytes / 1e6))} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
