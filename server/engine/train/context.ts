import type { NewEvent } from "../../../schemas/newEvent.ts";
import type { Metrics, Subject } from "../../../schemas/run-event.gen.ts";
import type { ResolvedNormalize } from "../../data/normalize.ts";
import type { Provenance } from "../../data/provenance.ts";
import type { Samples } from "../../data/samples.ts";
import type { Problem } from "../../problem.ts";
import type { SplitAnswers } from "../../statistics/splitAnswers.ts";
import type { Data, DType, LoadProgram } from "../program.ts";

interface StoredTensor {
  readonly dtype: DType | "uint8";
  readonly shape: readonly number[];
  readonly data: Data;
}
export type StoredTensors = Readonly<Record<string, StoredTensor>>;

/** State of a fit besides its tensors, to resume as if it had never stopped. */
export interface Progress {
  /** Optimizer steps done. */
  readonly step: number;
  /** Of the stage. */
  readonly best?: Best;
  /** Evaluations since the best one, for early stopping. */
  readonly evaluationsSinceBest: number;
  /** The stages that are over, in order; absent: none. */
  readonly ended?: EndedStage[];
  /** The fit is complete. */
  readonly finished: boolean;
  /** As `Fit.course`; absent in earlier versions. */
  readonly course?: string;
  /** Name of the executor's lowering; absent where the engine has only one, and in earlier versions. */
  readonly form?: string;
}

interface EndedStage {
  /** Steps of the fit at its end. */
  readonly step: number;
  /** Of its last step. */
  readonly loss: number | null;
  /** On validation at its end. */
  readonly metrics?: Metrics;
}

export interface Best {
  readonly step: number;
  readonly epoch: number;
  readonly metrics: Metrics;
}

/** What is kept beside weights. */
interface BesideWeights {
  /** As in model.json. */
  readonly files?: Readonly<Record<string, Uint8Array | string>>;
  /** The stage that they are of, where the training has stages. */
  readonly stage?: string | undefined;
}

/** Storage of one network's weights in a run. Writes are atomic. */
export interface SubjectStore {
  latestCheckpoint(): Promise<{ readonly tensors: StoredTensors; readonly progress: Progress } | undefined>;
  /** @returns the path relative to the run directory */
  writeCheckpoint(checkpoint: { tensors: StoredTensors; progress: Progress; keep: number }): Promise<string>;
  /** `best` is selected by validation, `final` is from the last step. */
  readWeights(kind: "best" | "final"): Promise<StoredTensors | undefined>;
  writeWeights(kind: "best" | "final", weights: StoredTensors, beside?: BesideWeights): Promise<void>;
}

/** The student of another experiment's run. */
export interface TrainedStudent {
  /** Absolute path of its model.json or model.onnx. */
  readonly model: string;
  /** How its samples were normalised. */
  readonly normalize: ResolvedNormalize;
  /** In the order of its outputs, where its data has names. */
  readonly classNames?: readonly string[] | undefined;
  /** Id of the run. */
  readonly run: string;
  /** Its training samples, read anew; undefined where they cannot be had any more. */
  readonly learnedFrom: () => Promise<Samples | undefined>;
}

/** The environment of an experiment: everything outside of the experiment itself. */
export interface TrainContext {
  readonly runId: string;
  /** Base folder of the experiment's relative paths. */
  readonly baseDirectory: string;
  /** Content-addressed teacher outputs and trained teachers. */
  readonly cacheDirectory: string;
  /** Weights of trained teachers, by a hash of all their inputs. */
  readonly trainedTeachers: {
    read(key: string): Promise<StoredTensors | undefined>;
    write(key: string, weights: StoredTensors): Promise<void>;
  };
  readonly load: LoadProgram;
  readonly engine: string;
  /** Engine that trained this run's teacher, where it differs from the run's. */
  readonly teacherEngine?: string | undefined;
  /** Reason for engine and device, in a sentence. */
  readonly engineReason?: string;
  readonly device: string;
  /** Memory in bytes of a device that may store the training samples; absent where batches are always fed. */
  readonly deviceMemory?: number | undefined;
  /** Memory of the machine in bytes; absent where the device has its own. */
  readonly machineMemory?: number | undefined;
  readonly threads: number;
  /** Of a teacher that is trained, or asked beforehand, while other runs wait for it; absent: as many. */
  readonly teacherThreads?: number | undefined;
  /** Other runs may train beside it, so nothing is measured to choose by, and the run is the same however many there are. */
  readonly isBesideOthers?: boolean | undefined;
  readonly resumed: boolean;
  /** The test split is not evaluated: the run is one of a sweep, which has not selected yet. */
  readonly isTestWithheld?: boolean | undefined;
  /** Epochs of the student after which it stops as if asked to, so that its sweep compares it with others; absent: none. */
  readonly rung?: number | undefined;
  readonly report: (event: NewEvent) => void;
  /** Adds facts to the run's manifest. */
  readonly record: (facts: Readonly<Record<string, unknown>>) => Promise<void>;
  /**
   * Records provenance, in parts as they become known. A problem where it differs from what the run began with: then nothing is
   * recorded.
   */
  readonly learnsFrom: (part: Provenance) => Promise<Problem | undefined>;
  /**
   * The student of the experiment in a file, found where it was trained, or trained first; or that of the run in a folder.
   * @param its how it is used: as a teacher, or for the weights that a student begins with
   */
  readonly studentOf: (path: string, its?: { readonly teaches: boolean }) => Promise<Ending<TrainedStudent>>;
  readonly store: (subject: Subject) => SubjectStore;
  /**
   * Does work whose result other runs may need, too, while no other run does it: they wait, and find the result. Undefined where
   * a stop was requested meanwhile.
   * @param key a hash of what is done; what: as in "trains the same teacher"
   */
  readonly exclusively: <T>(key: string, what: string, work: () => Promise<T>) => Promise<T | undefined>;
  /** Replaces the run's predictions. */
  readonly keepAnswers: (answers: SplitAnswers) => Promise<void>;
  /** Checked between steps: a stop finishes the step, writes a checkpoint and ends. */
  readonly stopRequested: () => boolean;
}

/** How an experiment, or one fit of it, ended. */
export type Ending<T> =
  | { readonly ending: "completed"; readonly result: T }
  | { readonly ending: "stopped"; readonly step: number; readonly isAtRung?: true }
  | {
      readonly ending: "failed";
      readonly code: string;
      readonly message: string;
      readonly hint?: string;
      readonly step?: number;
    };

export const failed = (code: string, message: string, hint?: string, step?: number): Ending<never> => ({
  ending: "failed",
  code,
  message,
  ...(hint === undefined ? {} : { hint }),
  ...(step === undefined ? {} : { step }),
});

export const failedBy = ({ problem: { code, message, hint } }: { readonly problem: Problem }) =>
  failed(code, message, hint);
