/** How a number is shown. */
type MetricFormat = "percent" | "number";

/** Something that is measured of predictions. */
export interface Metric {
  readonly better: "higher" | "lower";
  readonly format: MetricFormat;
  /** As it is called where there is room. */
  readonly words: string;
  /** As it is called in a narrow place; absent: as `words`. */
  readonly brief?: string;
}

/** Outputs and labels of some samples. */
export interface Predictions {
  /** As the network gives them, before any activation. */
  readonly logits: Float32Array; // [count, outputs]
  readonly labels: ArrayLike<number>; // [count]
  /** What each output should be; absent where a label is a class. */
  readonly targets?: Float32Array | undefined; // [count, outputs]
  readonly teacher?: Float32Array | undefined; // its logits [count, outputs]
}

export interface Measured {
  readonly metrics: Readonly<Record<string, number>>;
  /** How many samples of each class (row) were predicted as each class (column); where a label is a class. */
  readonly confusion?: number[][];
}

/** What is kept of each sample, so that two networks can be compared sample by sample. */
export type Answers = Int32Array | Float32Array; // [count, Task.answers]

export interface MetricsAccumulator {
  readonly add: (predictions: Predictions) => Answers;
  readonly result: () => Measured;
}

export interface MetricOptions {
  /** Probability from which a label is given, one for all or one each; 0.5 when absent. */
  readonly threshold?: number | readonly number[] | undefined;
}

/** What a model learns to predict, and all that follows from it. */
export interface Task {
  /** Labels as a file has them, in a phrase: `one class a sample`. */
  readonly labels: string;
  /** What an output of the network stands for. */
  readonly output: readonly [one: string, many: string];
  /** The loss of the labels that an experiment without `losses` has. */
  readonly labelLoss: string;
  /** What makes probabilities of outputs; absent: outputs are what is asked for. */
  readonly activation?: "softmax" | "sigmoid";
  /** In the order in which they are shown. */
  readonly metrics: Readonly<Record<string, Metric>>;
  /** The metric that ranks runs: it selects checkpoints, and the recovered gap is computed of it. */
  readonly key: string;
  /** What decides between equals by the key. */
  readonly tie: string;
  /** Metrics of a table, the key first. */
  readonly shown: readonly string[];
  /** Numbers that are kept of each sample. */
  readonly answers: number;
  /** Of them, the metric that a student gains over itself alone; absent: accuracy, of answers that are right or wrong. */
  readonly gain?: {
    readonly metric: string;
    readonly of: (sums: readonly number[], samples: number) => number;
  };
  readonly accumulator: (outputs: number, options?: MetricOptions) => MetricsAccumulator;
}
