import type { TaskName } from "../tasks/tasks.ts";
import type { Samples } from "./samples.ts";
import { blocksOf, type SampleValues } from "./sampleValues.ts";
import type { BooleanWords, FittedColumn } from "./tables/fittedColumn.ts";
import type { TokenFacts } from "./text/textEncoder.ts";

/** What a sample is before it is normalised, and what its label stands for: all that a model's user has to know. */
export interface RawSample {
  /** Channels last, without the batch axis. */
  readonly shape: readonly number[];
  readonly dtype: "uint8" | "float32";
  /** Least and largest value: of the type where it is bytes, else of the training samples. */
  readonly range: readonly [number, number];
  /** What a model predicts; absent: the class. */
  readonly task?: TaskName;
  readonly classes: number;
  /** In the order of the class indices, or of the numbers of a regression, where the data has names. */
  readonly classNames?: readonly string[];
  /** Of several labels a sample: the probability from which on a label counts as given, where it is not 0.5. */
  readonly threshold?: number | readonly number[];
  /** Names of a table's columns, in the order of the values. */
  readonly featureNames?: readonly string[];
  /** How a table's columns become values. */
  readonly columns?: readonly FittedColumn[];
  readonly booleans?: readonly BooleanWords[];
  /** Of texts: what their numbers are. */
  readonly tokens?: TokenFacts;
}

export function rawSample({
  shape,
  values,
  task,
  classes,
  labelName,
  classNames = task === "regression" && labelName !== undefined ? [labelName] : undefined,
  threshold,
  featureNames,
  columns,
  booleans = [],
  tokens,
}: Samples): RawSample {
  return {
    shape,
    dtype: values.dtype,
    range: values.dtype === "uint8" ? [0, 255] : extent(values),
    ...(task ? { task } : {}),
    classes,
    ...(classNames ? { classNames } : {}),
    ...(threshold === undefined ? {} : { threshold }),
    ...(featureNames ? { featureNames } : {}),
    ...(columns ? { columns } : {}),
    ...(booleans.length > 0 ? { booleans } : {}),
    ...(tokens ? { tokens } : {}),
  };
}

function extent(values: SampleValues): [number, number] {
  let [least, largest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const block of blocksOf(values))
    for (const value of block) {
      if (value < least) least = value;
      if (value > largest) largest = value;
    }
  return [least, largest];
}
