import { movesPixels } from "../../data/augment.ts";
import type { Samples } from "../../data/samples.ts";
import { heldBytes } from "../distill/heldBatches.ts";
import type { TrainContext } from "./context.ts";
import { teacherTaps } from "./features.ts";
import type { Fit } from "./fit.ts";

/** Where a fit's samples are while it trains. */
export interface Holding {
  readonly isHeld: boolean;
  /** For whoever looks at the engine. */
  readonly sentence: string;
}

export interface Holdable {
  readonly train: Pick<Samples, "count" | "shape" | "storage">;
  readonly augment: Fit["augment"];
  readonly losses: Fit["losses"];
  /** Teacher logits a sample, where a loss compares with them. */
  readonly teacherClasses?: number | undefined;
}

/** The part of a device's memory that data may take; the rest is for the training. */
const share = 1 / 4;

/**
 * Whether a device holds the samples, so that steps are fed row numbers and what is drawn alone. Undefined where the engine
 * holds none: one that computes where the samples are gains nothing.
 */
export function holding(
  { train, augment, losses, teacherClasses = 0 }: Holdable,
  { device, deviceMemory }: Pick<TrainContext, "device" | "deviceMemory">,
): Holding | undefined {
  if (deviceMemory === undefined) return undefined;
  const fed = (why: string) => ({ isHeld: false, sentence: `Batches are fed to it: ${why}.` });
  const isAugmented = augment.length > 0;
  if (isAugmented && teacherClasses > 0) return fed("the teacher sees what augmentation makes of each");
  if (device === "cpu" && augment.some(isMove)) return fed("a CPU moves pixels faster before than in a step");
  if (teacherTaps(losses).length > 0) return fed("what the teacher says in its layers is fed with them");
  const bytes = heldBytes(train, teacherClasses);
  const room = deviceMemory * share;
  if (bytes > room) return fed(`${samplesOf(train)} take ${size(bytes)}, and it has ${size(room)} for data`);
  const does = isAugmented ? ", and augments them" : "";
  const noise = augment.some(({ type }) => type === "noise") ? "; their noise is fed to it" : "";
  return { isHeld: true, sentence: `It holds ${samplesOf(train)}, ${size(bytes)}${does}${noise}.` };
}

/**
 * In a step pixels are moved by a gather, which takes TensorFlow 0.6 ms on two cores for 128 images of 28 × 28; before it,
 * copying whole lines takes half of that. A card waits while that is done, and is fed less.
 */
const isMove = ({ type }: Fit["augment"][number]) => movesPixels(type);

const samplesOf = ({ count }: Pick<Samples, "count">) => `${count.toLocaleString("en")} samples`;

const size = (bytes: number) =>
  bytes < 1e9 ? `${Math.max(1, Math.round(bytes / 1e6))} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
