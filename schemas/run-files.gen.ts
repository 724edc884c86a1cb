// Generated from run-files.schema.json by scripts/generateRunFiles.ts. Do not edit.

/**
 * The JSON files of a run directory, each under its name here; events.jsonl has a schema of its own. A reader passes over keys that it does not know.
 */
export interface RunFiles {
  job?: Job;
  experiment?: RunExperiment;
  manifest?: ManifestFile;
  progress?: CheckpointProgress;
  holder?: HolderRecord;
}
/**
 * job.json: what the trainer is asked to do. A folder that has one is a run.
 */
export interface Job {
  /**
   * Version of what the run directory holds; 1 when absent.
   */
  format?: number;
  /**
   * Version of Distillery.
   */
  writtenBy?: string;
  /**
   * `resume`: from the latest whole checkpoint; from the beginning when there is none.
   */
  mode: "start" | "resume";
  /**
   * The name of a folder beside others: no separator, no `..`.
   */
  runId: string;
  name: string;
  /**
   * What is trained: the teacher alone, or the student when absent.
   */
  subject?: "teacher";
  /**
   * Absolute path of the experiment file; it may have changed or gone since.
   */
  experimentFile: string;
  /**
   * The folder that the experiment's relative paths start from.
   */
  baseDirectory: string;
  /**
   * Of a sweep: the runs that it trains, in this order. Its experiment.json is the file's content, `sweep` included.
   *
   * @maxItems 10000
   */
  members?: Member[];
  /**
   * Of a run of a sweep: which one it is, counted from 1, of which sweep.
   */
  sweep?: {
    /**
     * The name of a folder beside others: no separator, no `..`.
     */
    id: string;
    index: number;
    /**
     * Path in the experiment → value.
     */
    settings: {
      [k: string]: unknown;
    };
  };
  /**
   * Of a run of a sweep that chooses by validation. `held`: the test split stays unread. `asked`: the run is trained, the sweep has chosen its combination, and the test split is read. Absent: it is read at the end.
   */
  test?: "held" | "asked";
  /**
   * The values set with --set, and those of a sweep, for showing.
   */
  overrides?: {
    [k: string]: unknown;
  };
  /**
   * Of this start or resume.
   */
  askedAt: number;
  /**
   * Seconds that trainers worked on the run before.
   */
  secondsBefore: number;
  /**
   * Of a resume: go on although data or teacher are not what the run began with.
   */
  acceptChangedData?: boolean;
}
/**
 * A sweep is a run whose trainer trains no student but other runs, its members, one after the other. They stand beside it under its id and their number, and each is made when its turn comes.
 */
export interface Member {
  /**
   * The name of a folder beside others: no separator, no `..`.
   */
  runId: string;
  /**
   * What the member has in place of the file's values.
   */
  settings: {
    [k: string]: unknown;
  };
}
/**
 * experiment.json: the resolved experiment; of a sweep the file's content. What is in it is for the experiment's own schema to say.
 */
export interface RunExperiment {
  [k: string]: unknown;
}
/**
 * manifest.json: what a run was trained with and from. A run of an earlier version may lack any of it.
 */
export interface ManifestFile {
  /**
   * By the source's key in `data`. Format 1 had the hashes alone.
   */
  data?: {
    [k: string]: string | SourceRecord;
  };
  teacher?: string | TeacherRecord;
  normalize?: Normalization;
  engine?: string;
  device?: string;
  versions?: Versions;
  threads?: number;
  /**
   * What trained the teacher that the experiment describes.
   */
  teacherEngine?: string;
  engineReason?: string;
  layout?: string;
  /**
   * How a teacher that did not say it was read.
   */
  teacherReading?: string;
  /**
   * What earlier versions kept in place of `warnings`.
   */
  teacherDoubt?: string;
  /**
   * What the trainer that came last has warned of, each once.
   */
  warnings?: {
    code: string;
    message: string;
  }[];
  samples?: SampleForm;
  /**
   * What it learned from and was trained with, each from a step on; the last one is what stands above.
   */
  history?: EraRecord[];
}
export interface SourceRecord {
  hash: string;
  samples?: number;
  labels?: string;
  values?: string;
}
export interface TeacherRecord {
  hash: string;
  from?: "file" | "trained";
}
export interface Normalization {
  scale: number;
  mean: number[];
  std: number[];
}
export interface Versions {
  distillery?: string;
  node?: string;
}
/**
 * Of the training data, before they are normalised.
 */
export interface SampleForm {
  shape: number[];
  dtype: "uint8" | "float32";
  /**
   * @minItems 2
   * @maxItems 2
   */
  range: [number, number];
  classes: number;
  classNames?: string[];
  featureNames?: string[];
}
/**
 * What holds from the step behind this one, counted from 0, until the next era begins.
 */
export interface EraRecord {
  step: number;
  data?: {
    [k: string]: SourceRecord;
  };
  teacher?: TeacherRecord;
  normalize?: Normalization;
  engine?: string;
  device?: string;
  versions?: Versions;
}
/**
 * meta.json of a checkpoint: what a fit needs besides its tensors to go on as if it had never stopped.
 */
export interface CheckpointProgress {
  /**
   * Optimizer steps done.
   */
  step: number;
  best?: {
    step: number;
    epoch: number;
    metrics: {
      [k: string]: number | null;
    };
  };
  evaluationsSinceBest: number;
  finished: boolean;
  course?: string;
}
/**
 * lock and trainer.pid: the process that trains the run.
 */
export interface HolderRecord {
  pid: number;
  startTime: string;
  host: string;
  /**
   * Unix time in milliseconds.
   */
  since: number;
  /**
   * The run directory that it was written in.
   */
  directory?: {
    path: string;
    device: string;
    inode: string;
  };
  memoryKills?: number;
}
