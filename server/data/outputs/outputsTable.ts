import type { KeepUse } from "../cache/keptSamples.ts";
import type { SampleValues } from "../sampleValues.ts";

/** Outputs for samples in a file, a row each: [rows, columns], one column a class. */
export interface OutputsTable extends OutputsShape {
  /** [rows, columns], as the file has them: they may be no numbers. Many stay in the file. */
  readonly values: SampleValues;
  /** They were made of the likeliest classes of each sample, and are probabilities. */
  readonly areShares?: boolean;
  /** Which sample each row is of, where that is asked for. */
  readonly ids?: readonly string[];
}

export interface OutputsShape {
  readonly file: string;
  readonly rows: number;
  /** Absent where the likeliest classes of each sample are stored: how many there are in all the file does not say. */
  readonly columns?: number;
  readonly dtype: string;
  /** Of a table with a header: its columns. */
  readonly columnNames?: readonly string[];
}

/** What is known of outputs besides their file, and where they may be kept. */
export interface ExpectedOutputs extends KeepUse {
  /** Of the samples; counts where the likeliest are stored. */
  readonly classes: number;
  readonly outputs: "auto" | "logits" | "probabilities" | "logProbabilities";
}

/** What an array with outputs is usually called. */
export const usualNames = [
  "logits",
  "probabilities",
  "logProbabilities",
  "log_probabilities",
  "outputs",
  "y_pred",
] as const;
