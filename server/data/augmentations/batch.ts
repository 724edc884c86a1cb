import type { RandomKey } from "../random.ts";

/** Normalised samples on their way to the student, changed in place. */
export interface Batch {
  readonly values: Float32Array; // [rows, ...shape]
  /** One sample: [height, width, channels] for what moves pixels. */
  readonly shape: readonly number[];
  /** Which samples these are. */
  readonly rows: ArrayLike<number>;
  readonly labels: ArrayLike<number>; // [rows]
  readonly classes: number;
  /** What a raw zero became in each channel by normalisation: black, for the edges of moved images. */
  readonly blank: ArrayLike<number>;
  /** [rows, classes], present once labels are blended. */
  labelWeights?: Float32Array;
}

export type Augment<Spec> = (batch: Batch, spec: Omit<Spec, "type">, key: RandomKey) => void;

export interface ImageSize {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

export function imageSize(shape: readonly number[]): ImageSize {
  const [height, width, channels] = shape;
  if (shape.length !== 3 || height === undefined || width === undefined || channels === undefined) {
    throw new RangeError(
      `Images of [height, width, channels] are needed, not samples of [${shape.join(", ")}].`,
    );
  }
  return { height, width, channels };
}

/** Calls `change` with each sample's part of the values. */
export function forEachSample(
  { values, rows }: Batch,
  change: (sample: Float32Array, row: number) => void,
): void {
  const size = values.length / rows.length;
  for (let i = 0; i < rows.length; i++) change(values.subarray(i * size, (i + 1) * size), rows[i] as number);
}
