/** How a number is shown: a percentage, a share that a terminal leaves as it is, or a number. */
type Form = "percent" | "share" | "number";

/** Something that is measured of predictions. */
export interface Metric {
  readonly better: "higher" | "lower";
  readonly form: Form;
  /** As it is called where there is room. */
  readonly words: string;
  /** As it is called in a narrow place; absent: as `words`. */
  readonly brief?: string;
}

/** What a model learns to say of a sample, and all that follows from it. */
export interface Task {
  /** In the order in which they are shown. */
  readonly metrics: Readonly<Record<string, Metric>>;
  /** The metric that a run is judged by: it selects checkpoints, and the recovered gap is one of it. */
  readonly key: string;
  /** What decides between equals by the key. */
  readonly tie: string;
  /** Metrics of a table, the key first. */
  readonly shown: readonly string[];
}
