import { add, mul, type Tensor, tensor } from "@tensorflow/tfjs-core";
import type { Change } from "../../data/augmentations/change.ts";
import { blankOf, type ResolvedNormalize, renormalizing } from "../../data/normalize.ts";
import { toNormalizer } from "../../data/normalizer.ts";
import type { Samples } from "../../data/samples.ts";
import type { SampleValues } from "../../data/sampleValues.ts";
import type { Shape } from "../../nets/layers/layer.ts";
import { sizeOf } from "../../sizeOf.ts";
import type { Data, NamedData, TableSpec } from "../program.ts";
import { augmentationInputs, augmented } from "./augment.ts";
import { normalizeBytes } from "./normalizeBytes.ts";
import { required } from "./optimizers/optimizer.ts";
import type { ResidentBatches } from "./program.ts";

/** A data set for a program's tables. */
export interface ResidentDataSet {
  readonly samples: Samples;
  /** Labels that are rows of numbers, as they are fed; absent: classes. */
  readonly rows?: Float32Array | undefined; // [count, width]
  readonly normalize: ResolvedNormalize;
  /** Of each batch. */
  readonly changes: readonly Change[];
  /** Classes of the student. */
  readonly classes: number;
  /** The teacher's outputs for all samples, where it does not run in each step: `teacherLogits`, `teacherTap/…`. */
  readonly outputs?: Readonly<Record<string, SampleOutputs>> | undefined;
  /** Preprocessing of a teacher that is part of the step, where it has its own. */
  readonly teacherNormalize?: ResolvedNormalize | undefined;
}

/** Of each sample. */
export interface SampleOutputs {
  readonly shape: Shape;
  readonly values: Float32Array; // [count, ...shape]
}

/** Batches that a step looks up by `rows`, [batch], and the contents of the tables. */
export function residentBatches({
  samples,
  rows: labelRows,
  normalize,
  changes,
  classes,
  outputs = {},
  teacherNormalize,
}: ResidentDataSet): {
  readonly resident: ResidentBatches;
  readonly initial: NamedData;
} {
  const { count, shape, labels, values } = samples;
  const images = imagesOf(samples, normalize);
  const channels = shape.at(-1) ?? 1;
  const blank = blankOf(normalize, channels);
  const asTeacherInput = teacherNormalize && renormalized(normalize, teacherNormalize, channels);
  const tables: Record<string, TableSpec> = {
    [xTable]: { shape: [count, ...shape], dtype: values.dtype },
    [labelsTable]: labelRows
      ? { shape: [count, labelRows.length / count], dtype: "float32" }
      : { shape: [count], dtype: "int32" },
  };
  const initial: Record<string, Data> = { [xTable]: images.values, [labelsTable]: labelRows ?? labels };
  for (const [name, { shape, values }] of Object.entries(outputs)) {
    tables[outputTable(name)] = { shape: [count, ...shape], dtype: "float32" };
    initial[outputTable(name)] = values;
  }
  return {
    initial,
    resident: {
      tables,
      inputs: (batch) => ({
        rows: { shape: [batch], dtype: "int32" },
        ...augmentationInputs(changes, batch),
      }),
      batch: (inputs, lookUp) => {
        const rows = required(inputs, "rows");
        const raw = { x: images.normalized(lookUp(xTable, rows)), labels: lookUp(labelsTable, rows) };
        const batch = augmented(raw, changes, inputs, { classes, blank });
        return {
          ...batch,
          ...Object.fromEntries(Object.keys(outputs).map((name) => [name, lookUp(outputTable(name), rows)])),
          ...(asTeacherInput ? { teacherX: asTeacherInput(batch.x) } : {}),
        };
      },
    },
  };
}

const xTable = "data/x";
const labelsTable = "data/labels";
const outputTable = (name: string) => `data/${name}`;

const renormalized = (from: ResolvedNormalize, to: ResolvedNormalize, channels: number) => {
  const { factors, offsets } = renormalizing(from, to, channels);
  return (x: Tensor) => add(mul(x, tensor(Array.from(factors))), tensor(Array.from(offsets)));
};

/** Bytes stay bytes and are normalised in each step; floats are normalised once, as that takes no more memory. */
function imagesOf({ values: { inMemory }, shape, count }: Samples, normalize: ResolvedNormalize) {
  if (inMemory === undefined) throw new Error("Samples on disk are fed batch by batch.");
  const channels = shape.at(-1) ?? 1;
  if (inMemory instanceof Uint8Array)
    return { values: inMemory, normalized: normalizeBytes(normalize, channels) };
  const values = new Float32Array(count * sizeOf(shape));
  toNormalizer(normalize, channels).stretch(inMemory, 0, values.length, values, 0);
  return { values, normalized: (x: Tensor) => x };
}

/** Size of the tables in bytes. @param outputs numbers that the teacher gives for each sample */
export const residentBytes = ({ count, shape, values }: TableSamples, outputs: number): number =>
  count * (sizeOf(shape) * (values.dtype === "uint8" ? 1 : 4) + 4 + 4 * outputs);

/** What the size of a table of samples follows from. */
export interface TableSamples extends Pick<Samples, "count" | "shape" | "onDisk"> {
  readonly values: Pick<SampleValues, "dtype">;
}
