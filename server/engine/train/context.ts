import type { NewEvent } from "../../../schemas/newEvent.ts";
import type { Metrics, Subject } from "../../../schemas/run-event.gen.ts";
import type { Provenance } from "../../data/provenance.ts";
import type { Problem } from "../../problem.ts";
import type { SplitAnswers } from "../../statistics/splitAnswers.ts";
import type { Data, DType, LoadProgram } from "../program.ts";

interface StoredTensor {
  readonly dtype: DType | "uint8";
  readonly shape: readonly number[];
  readonly data: Data;
}
export type StoredTensors = Readonly<Record<string, StoredTensor>>;

/** What a fit needs besides its tensors to go on as if it had never stopped. */
export interface Progress {
  /** Optimizer steps done. */
  readonly step: number;
  readonly best?: Best;
  /** Evaluations since the best one, for early stopping. */
  readonly evaluationsSinceBest: number;
  /** The fit came to its end; nothing is left to train. */
  readonly finished: boolean;
  /** As `Fit.course`; absent in what earlier versions wrote. */
  readonly course?: string;
}

export interface Best {
  readonly step: number;
  readonly epoch: number;
  readonly metrics: Metrics;
}

/** Where one network of a run keeps what it learned. Writes are whole or absent. */
export interface SubjectStore {
  latestCheckpoint(): Promise<{ readonly tensors: StoredTensors; readonly progress: Progress } | undefined>;
  /** @returns the path relative to the run directory */
  writeCheckpoint(checkpoint: { tensors: StoredTensors; progress: Progress; keep: number }): Promise<string>;
  /** `best` is chosen by validation, `final` is what the last step left. */
  readWeights(kind: "best" | "final"): Promise<StoredTensors | undefined>;
  /** @param files further files beside the weights, as in model.json */
  writeWeights(
    kind: "best" | "final",
    weights: StoredTensors,
    files?: Readonly<Record<string, Uint8Array | string>>,
  ): Promise<void>;
}

/** The world around an experiment that trains: everything that is not the experiment itself. */
export interface TrainContext {
  readonly runId: string;
  /** The folder that the experiment's relative paths start from. */
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
  /** What trained this run's teacher, where the run began with it on an engine of its own. */
  readonly teacherEngine?: string | undefined;
  /** Why this engine and device, in a sentence. */
  readonly engineReason?: string;
  readonly device: string;
  /** Bytes of memory of a device that may hold the training samples; absent where the engine is fed in any case. */
  readonly deviceMemory?: number | undefined;
  /** Bytes of memory of the machine; absent where what trains has a memory of its own. */
  readonly machineMemory?: number | undefined;
  readonly threads: number;
  readonly resumed: boolean;
  /** The test split is left unread: the run is one of a sweep, which has not chosen yet. */
  readonly isTestHeld?: boolean | undefined;
  readonly report: (event: NewEvent) => void;
  /** Adds facts to the run's manifest. */
  readonly record: (facts: Readonly<Record<string, unknown>>) => Promise<void>;
  /**
   * Says what the run learns from, in as many parts as it is found in, and keeps that. A problem where it is not what
   * the run began with: then nothing is kept.
   */
  readonly learnsFrom: (part: Provenance) => Promise<Problem | undefined>;
  readonly store: (subject: Subject) => SubjectStore;
  /** Keeps them with the run, in place of those that it has. */
  readonly keepAnswers: (answers: SplitAnswers) => Promise<void>;
  /** Asked between steps: a stop finishes the step, writes a checkpoint and ends. */
  readonly stopRequested: () => boolean;
}

/** How an experiment, or one fit of it, came to its end. */
export type Ending<T> =
  | { readonly ending: "completed"; readonly result: T }
  | { readonly ending: "stopped"; readonly step: number }
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
