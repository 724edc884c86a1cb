import type { Tensor } from "@tensorflow/tfjs-core";
import type { Change } from "../../data/augmentations/change.ts";
import { blankOf, type ResolvedNormalize, toNormalizer } from "../../data/normalize.ts";
import { type Samples, sizeOf } from "../../data/samples.ts";
import type { Data, NamedData, TableSpec } from "../program.ts";
import { augmentationInputs, augmented } from "./augment.ts";
import { normalizeBytes } from "./normalizeBytes.ts";
import { required } from "./optimizers/optimizer.ts";
import type { HeldBatches } from "./program.ts";

/** A data set that is to be held by a program. */
export interface HeldSet {
  readonly samples: Samples;
  readonly normalize: ResolvedNormalize;
  /** Of each batch. */
  readonly changes: readonly Change[];
  /** That the student tells apart. */
  readonly classes: number;
  /** The teacher's logits of all samples, [count, classes], where a loss compares with them. */
  readonly teacherLogits?: Float32Array | undefined;
}

/** The samples as a step picks them by `rows`, [batch], and what the tables are filled with. */
export function heldBatches({ samples, normalize, changes, classes, teacherLogits }: HeldSet): {
  readonly held: HeldBatches;
  readonly initial: NamedData;
} {
  const { count, shape, labels, storage } = samples;
  const images = imagesOf(samples, normalize);
  const blank = blankOf(normalize, shape.at(-1) ?? 1);
  const tables: Record<string, TableSpec> = {
    [xTable]: { shape: [count, ...shape], dtype: storage instanceof Uint8Array ? "uint8" : "float32" },
    [labelsTable]: { shape: [count], dtype: "int32" },
  };
  const initial: Record<string, Data> = { [xTable]: images.values, [labelsTable]: labels };
  if (teacherLogits !== undefined) {
    tables[logitsTable] = { shape: [count, teacherLogits.length / count], dtype: "float32" };
    initial[logitsTable] = teacherLogits;
  }
  return {
    initial,
    held: {
      tables,
      inputs: (batch) => ({
        rows: { shape: [batch], dtype: "int32" },
        ...augmentationInputs(changes, batch),
      }),
      batch: (inputs, lookUp) => {
        const rows = required(inputs, "rows");
        const raw = { x: images.normalized(lookUp(xTable, rows)), labels: lookUp(labelsTable, rows) };
        return {
          ...augmented(raw, changes, inputs, { classes, blank }),
          ...(teacherLogits === undefined ? {} : { teacherLogits: lookUp(logitsTable, rows) }),
        };
      },
    },
  };
}

const xTable = "data/x";
const labelsTable = "data/labels";
const logitsTable = "data/teacherLogits";

/** Bytes stay bytes and are normalised in each step; floats take no more room when they are normalised before. */
function imagesOf({ storage, shape, count }: Samples, normalize: ResolvedNormalize) {
  const channels = shape.at(-1) ?? 1;
  if (storage instanceof Uint8Array)
    return { values: storage, normalized: normalizeBytes(normalize, channels) };
  const values = new Float32Array(count * sizeOf(shape));
  toNormalizer(normalize, channels)(storage, 0, values.length, values, 0);
  return { values, normalized: (x: Tensor) => x };
}

/** Bytes that the tables of so many samples take. */
export const heldBytes = (
  { count, shape, storage }: Pick<Samples, "count" | "shape" | "storage">,
  logits: number,
): number => count * (sizeOf(shape) * storage.BYTES_PER_ELEMENT + 4 + 4 * logits);
