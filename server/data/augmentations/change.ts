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
  /** What the brightest raw value became, where augmentations need it. */
  readonly white?: ArrayLike<number> | undefined;
  /** The number behind the end of a text, where samples are texts. */
  readonly padding?: number | undefined;
  /** Numbers that stand for no word there, where they are known. */
  readonly special?: readonly number[] | undefined;
  /** [rows, classes], present once labels are blended. */
  labelWeights?: Float32Array;
}

/** Numbers drawn for the samples of a batch, by name: each [rows, ...shape of the draw]. */
export type Draws = Readonly<Record<string, Float32Array | Int32Array>>;

/** What is drawn for one sample. */
interface DrawSpec {
  readonly shape: readonly number[];
  readonly dtype: "float32" | "int32";
}

/** The batch that is drawn for. */
interface Occasion {
  readonly seed: number;
  readonly step: number;
  /** Which samples it has. */
  readonly rows: ArrayLike<number>;
}

/**
 * A change of a batch in two halves: its draws, which are the same wherever a step is computed, and their application. `apply`
 * changes batches that are fed; for most changes `engine/distill/augment.ts` does the same in the step's graph, to the same bits.
 */
export interface Change {
  /** `onHost`: the graph has no version of it. */
  readonly type: "moves" | "noise" | "mixup" | "cutMix" | "onHost";
  readonly draws: Readonly<Record<string, DrawSpec>>;
  /** Fills each of `draws` in `out`. */
  draw(occasion: Occasion, out: Draws): void;
  apply(batch: Batch, drawn: Draws): void;
}

/** Calls `change` with each sample's part of the values. */
export function forEachPart(
  values: Float32Array,
  count: number,
  change: (part: Float32Array, i: number) => void,
): void {
  const size = values.length / count;
  for (let i = 0; i < count; i++) change(values.subarray(i * size, (i + 1) * size), i);
}
