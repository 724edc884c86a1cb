import type { Samples } from "../../data/samples.ts";
import { heldBytes } from "../distill/heldBatches.ts";
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
 * Whether a device of so many bytes of memory holds the samples, so that steps are fed row numbers alone. Undefined where
 * the engine holds none: one that computes where the samples are gains nothing.
 */
export function holding(
  { train, augment, losses, teacherClasses = 0 }: Holdable,
  memory: number | undefined,
): Holding | undefined {
  if (memory === undefined) return undefined;
  const fed = (why: string) => ({ isHeld: false, sentence: `Batches are fed to it: ${why}.` });
  if (augment.length > 0) return fed("their samples are augmented");
  if (teacherTaps(losses).length > 0) return fed("what the teacher says in its layers is fed with them");
  const bytes = heldBytes(train, teacherClasses);
  const room = memory * share;
  if (bytes > room) return fed(`${samplesOf(train)} take ${size(bytes)}, and it has ${size(room)} for data`);
  return { isHeld: true, sentence: `It holds ${samplesOf(train)}, ${size(bytes)}.` };
}

const samplesOf = ({ count }: Pick<Samples, "count">) => `${count.toLocaleString("en")} samples`;

const size = (bytes: number) =>
  bytes < 1e9 ? `${Math.max(1, Math.round(bytes / 1e6))} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
