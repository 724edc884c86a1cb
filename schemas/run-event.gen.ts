// Generated from run-event.schema.json by scripts/generateRunFiles.ts. Do not edit.

/**
 * One line of a run's events.jsonl. The log is append-only; `seq` counts from 0 without gaps. A line has its checksum `crc` as its last key; earlier versions wrote none. A run that is resumed goes back to a checkpoint and says the steps behind it once more: a step or evaluation takes the place of those of the same subject (and split) with the same or a later step that stand before it.
 */
export type RunEvent =
  | StartedEvent
  | PhaseEvent
  | TeacherEvent
  | CompiledEvent
  | StepEvent
  | EvaluationEvent
  | CheckpointEvent
  | WarningEvent
  | ProgressEvent
  | StoppedEvent
  | FailedEvent
  | CompletedEvent
  | MemberEvent
  | SweptEvent;
export type Phase = "preflight" | "teacher" | "cache" | "train" | "evaluate" | "export";
/**
 * Whose numbers these are; those of what the run trains when absent.
 */
export type Subject = "student" | "studentAlone" | "teacher";

/**
 * A trainer began to work on the run.
 */
export interface StartedEvent {
  /**
   * Position in the log, from 0, no gaps.
   */
  seq: number;
  /**
   * Unix time in milliseconds.
   */
  time: number;
  /**
   * CRC-32 of the line up to this key, the comma before it left out. Readers leave it out of the event.
   */
  crc?: string;
  type: "started";
  runId: string;
  /**
   * The run trains the teacher alone, and what it says without a subject is the teacher's. Absent: the student's.
   */
  subject?: "teacher";
  /**
   * `resume`: continues from a checkpoint, or from the beginning when there is none yet.
   */
  mode: "start" | "resume";
  /**
   * Steps already done: 0, or the step of the checkpoint that is continued.
   */
  step: number;
  /**
   * Steps in all of what the run trains.
   */
  totalSteps: number;
  epochs?: number;
  stepsPerEpoch?: number;
  seed?: number;
  /**
   * Engine and version, as in `onnxruntime 1.30.0`.
   */
  engine?: string;
  /**
   * Why this engine and device, in a sentence.
   */
  engineReason?: string;
  device?: string;
  threads?: number;
  samples?: SampleCounts;
  /**
   * All that the run has to do, in this order, what an earlier trainer did of it among it.
   */
  plan?: PlannedWork[];
  /**
   * Trainable values.
   */
  parameters?: {
    student?: number;
    teacher?: number;
  };
}
/**
 * Training samples with a label and without, where some have none. The student alone learns from those that have one, in as many steps.
 */
export interface SampleCounts {
  labelled: number;
  unlabelled: number;
}
export interface PlannedWork {
  phase: Phase;
  subject?: Subject;
  /**
   * Steps or samples; a `progress` event may know better.
   */
  total: number;
  /**
   * Multiplications, by the sizes of the networks: what the part weighs until it is measured.
   */
  cost: number;
}
/**
 * The run enters a phase.
 */
export interface PhaseEvent {
  /**
   * Position in the log, from 0, no gaps.
   */
  seq: number;
  /**
   * Unix time in milliseconds.
   */
  time: number;
  /**
   * CRC-32 of the line up to this key, the comma before it left out. Readers leave it out of the event.
   */
  crc?: string;
  type: "phase";
  phase: Phase;
  subject?: Subject;
}
/**
 * The teacher is open, and how it is read was found out.
 */
export interface TeacherEvent {
  /**
   * Position in the log, from 0, no gaps.
   */
  seq: number;
  /**
   * Unix time in milliseconds.
   */
  time: number;
  /**
   * CRC-32 of the line up to this key, the comma before it left out. Readers leave it out of the event.
   */
  crc?: string;
  type: "teacher";
  /**
   * As in `"output_probability" has a number for each class, taken as probabilities, of which the logarithm is taken.`
   */
  reading: string;
}
/**
 * A network's training step was compiled for the engine, which chose how to hold its tensors.
 */
export interface CompiledEvent {
  /**
   * Position in the log, from 0, no gaps.
   */
  seq: number;
  /**
   * Unix time in milliseconds.
   */
  time: number;
  /**
   * CRC-32 of the line up to this key, the comma before it left out. Readers leave it out of the event.
   */
  crc?: string;
  type: "compiled";
  subject?: Subject;
  /**
   * How tensors are held, and the numbers that decided, as in `batch innermost: maps of up to 784 positions, batches of 64`.
   */
  layout: string;
}
/**
 * An optimizer step, reported at most every `reportEvery` steps.
 */
export interface StepEvent {
  /**
   * Position in the log, from 0, no gaps.
   */
  seq: number;
  /**
   * Unix time in milliseconds.
   */
  time: number;
  /**
   * CRC-32 of the line up to this key, the comma before it left out. Readers leave it out of the event.
   */
  crc?: string;
  type: "step";
  subject?: Subject;
  /**
   * Steps done, counted from 1.
   */
  step: number;
  /**
   * Epochs done, with a fraction: step / stepsPerEpoch.
   */
  epoch: number;
  /**
   * Sum of the weighted terms.
   */
  loss: number | null;
  terms: {
    [k: string]: Term;
  };
  /**
   * null when the number is not finite.
   */
  learningRate: number | null;
  /**
   * Global norm before clipping.
   */
  gradNorm: number | null;
  /**
   * Mean milliseconds of a step since the last report.
   */
  stepMs: number | null;
  /**
   * Of those, spent waiting for data.
   */
  dataMs: number | null;
  /**
   * null when the number is not finite.
   */
  samplesPerSecond: number | null;
}
export interface Term {
  /**
   * null when the number is not finite.
   */
  raw: number | null;
  /**
   * null when the number is not finite.
   */
  weighted: number | null;
  /**
   * null when the number is not finite.
   */
  gradNorm?: number | null;
}
/**
 * Metrics over a whole split.
 */
export interface EvaluationEvent {
  /**
   * Position in the log, from 0, no gaps.
   */
  seq: number;
  /**
   * Unix time in milliseconds.
   */
  time: number;
  /**
   * CRC-32 of the line up to this key, the comma before it left out. Readers leave it out of the event.
   */
  crc?: string;
  type: "evaluation";
  subject?: Subject;
  split: "train" | "validation" | "test";
  step: number;
  epoch: number;
  metrics: Metrics;
  /**
   * Rows: label, columns: prediction.
   */
  confusion?: number[][];
  /**
   * The best of the run so far.
   */
  best?: boolean;
}
/**
 * As in accuracy, top5, nll, ece, brier, agreement, macroF1.
 */
export interface Metrics {
  /**
   * null when the number is not finite.
   */
  [k: string]: number | null;
}
/**
 * A checkpoint is whole and on the disk.
 */
export interface CheckpointEvent {
  /**
   * Position in the log, from 0, no gaps.
   */
  seq: number;
  /**
   * Unix time in milliseconds.
   */
  time: number;
  /**
   * CRC-32 of the line up to this key, the comma before it left out. Readers leave it out of the event.
   */
  crc?: string;
  type: "checkpoint";
  subject?: Subject;
  step: number;
  /**
   * Relative to the run directory.
   */
  path: string;
}
export interface WarningEvent {
  /**
   * Position in the log, from 0, no gaps.
   */
  seq: number;
  /**
   * Unix time in milliseconds.
   */
  time: number;
  /**
   * CRC-32 of the line up to this key, the comma before it left out. Readers leave it out of the event.
   */
  crc?: string;
  type: "warning";
  code: string;
  message: string;
}
/**
 * Progress of a phase that has no steps of the student: the teacher's training, the teacher cache, an evaluation.
 */
export interface ProgressEvent {
  /**
   * Position in the log, from 0, no gaps.
   */
  seq: number;
  /**
   * Unix time in milliseconds.
   */
  time: number;
  /**
   * CRC-32 of the line up to this key, the comma before it left out. Readers leave it out of the event.
   */
  crc?: string;
  type: "progress";
  phase: Phase;
  subject?: Subject;
  done: number;
  total: number;
  /**
   * null when the number is not finite.
   */
  etaSeconds?: number | null;
}
/**
 * The run was asked to stop: it finished its step, wrote a checkpoint and can be resumed.
 */
export interface StoppedEvent {
  /**
   * Position in the log, from 0, no gaps.
   */
  seq: number;
  /**
   * Unix time in milliseconds.
   */
  time: number;
  /**
   * CRC-32 of the line up to this key, the comma before it left out. Readers leave it out of the event.
   */
  crc?: string;
  type: "stopped";
  /**
   * As in `SIGTERM`.
   */
  reason: string;
  step: number;
}
export interface FailedEvent {
  /**
   * Position in the log, from 0, no gaps.
   */
  seq: number;
  /**
   * Unix time in milliseconds.
   */
  time: number;
  /**
   * CRC-32 of the line up to this key, the comma before it left out. Readers leave it out of the event.
   */
  crc?: string;
  type: "failed";
  /**
   * As in `disk-full`, `not-finite`, `data-missing`.
   */
  code?: string;
  /**
   * What happened, naming file, step or term.
   */
  message: string;
  /**
   * What to do.
   */
  hint?: string;
  step?: number;
}
/**
 * The last line of a run that is done.
 */
export interface CompletedEvent {
  /**
   * Position in the log, from 0, no gaps.
   */
  seq: number;
  /**
   * Unix time in milliseconds.
   */
  time: number;
  /**
   * CRC-32 of the line up to this key, the comma before it left out. Readers leave it out of the event.
   */
  crc?: string;
  type: "completed";
  summary: RunResult;
}
export interface RunResult {
  runId: string;
  /**
   * The run trained the teacher alone. Absent: the student.
   */
  subject?: "teacher";
  steps: number;
  epochs: number;
  /**
   * Time that trainers worked on the run, interruptions left out.
   */
  seconds: number | null;
  engine: string;
  device: string;
  /**
   * What the run trained, by validation.
   */
  best?: {
    step: number;
    metrics: Metrics;
  };
  /**
   * What the run trained on the test split, read once. Absent where it was not read.
   */
  test?: Metrics;
  /**
   * The teacher on the test split, on validation where `test` is absent.
   */
  teacher?: Metrics;
  /**
   * The same student, data and budget without the teacher; measured as the teacher is.
   */
  baselines?: {
    [k: string]: Metrics;
  };
  /**
   * Where the test split was read: teacher and baselines on validation, to be seen beside `best`.
   */
  validation?: {
    teacher?: Metrics;
    baselines?: {
      [k: string]: Metrics;
    };
    gain?: Gain;
    /**
     * null when the number is not finite.
     */
    gapRecovered?: number | null;
  };
  gain?: Gain;
  /**
   * (student − student alone) / (teacher − student alone), of accuracy; null when the teacher is no better than the student alone.
   */
  gapRecovered?: number | null;
  samples?: SampleCounts;
  /**
   * Of what the run trained.
   */
  parameters: number;
  teacherParameters?: number;
  /**
   * What the teacher learned besides parameters: a forest has none.
   */
  teacherLearned?: {
    trees?: number;
    /**
     * In all trees together.
     */
    treeNodes?: number;
    supportVectors?: number;
  };
  /**
   * Milliseconds of one prediction, batch 1.
   */
  latencyMs?: number | null;
}
/**
 * Accuracy of the student less that of the student alone, and how sure these samples make it.
 */
export interface Gain {
  split: "test" | "validation";
  samples: number;
  /**
   * A share of the samples: 0.01 is one percentage point.
   */
  difference: number;
  /**
   * 95 % percentile interval of the paired bootstrap.
   *
   * @minItems 2
   * @maxItems 2
   */
  interval: [number, number];
  /**
   * McNemar's exact test.
   */
  mcnemar: {
    /**
     * Samples that only the student has right.
     */
    b: number;
    /**
     * Samples that only the student alone has right.
     */
    c: number;
    /**
     * How likely it is, were both equally good, that b and c differ as much or more.
     */
    p: number;
  };
}
/**
 * A sweep's trainer began to work on one of its runs, which has a directory and a log of its own.
 */
export interface MemberEvent {
  /**
   * Position in the log, from 0, no gaps.
   */
  seq: number;
  /**
   * Unix time in milliseconds.
   */
  time: number;
  /**
   * CRC-32 of the line up to this key, the comma before it left out. Readers leave it out of the event.
   */
  crc?: string;
  type: "member";
  /**
   * As in run-files.schema.json.
   */
  runId: string;
  /**
   * Counted from 1.
   */
  index: number;
  /**
   * Runs of the sweep in all.
   */
  count: number;
  /**
   * What this run has in place of the file's: path → value.
   */
  settings: {
    [k: string]: unknown;
  };
  /**
   * The run is trained, and the sweep has chosen its combination: its test split is read now.
   */
  test?: true;
  /**
   * Byte in that run's log where its new events begin.
   */
  from: number;
}
/**
 * Every run of a sweep is completed: the last line of the sweep's own log.
 */
export interface SweptEvent {
  /**
   * Position in the log, from 0, no gaps.
   */
  seq: number;
  /**
   * Unix time in milliseconds.
   */
  time: number;
  /**
   * CRC-32 of the line up to this key, the comma before it left out. Readers leave it out of the event.
   */
  crc?: string;
  type: "swept";
  runs: number;
}
