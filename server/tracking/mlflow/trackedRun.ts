import { createHash } from "node:crypto";

/** A run as MLflow has it, wherever it is written to. */
export interface TrackedRun {
  readonly name: string;
  readonly status: RunStatus;
  /** Unix milliseconds. */
  readonly start: number;
  /** Absent while it runs. */
  readonly end?: number;
  /** By path, of any length and with any character. */
  readonly params: Readonly<Record<string, unknown>>;
  /** By a name that MLflow takes. */
  readonly tags: Readonly<Record<string, string | undefined>>;
  /** Of a run that still trains: what it has become once its measurements have ended. */
  readonly ended?: () => Promise<Pick<TrackedRun, "status" | "end" | "tags">>;
  /** In the order of the log. */
  readonly measurements: AsyncIterable<readonly Measurement[]>;
  /** The number of the last event with which the log went back to an earlier step; −1 where it never did. */
  readonly lastReturn: () => Promise<number>;
}

/** Of mlflow.entities.RunStatus. */
export type RunStatus = "RUNNING" | "FINISHED" | "FAILED" | "KILLED";

/** The numbers of one event of the log. */
export interface Measurement {
  /** Of the event. */
  readonly seq: number;
  /** Unix milliseconds. */
  readonly time: number;
  readonly step: number;
  /** null is not a number. */
  readonly values: readonly (readonly [name: string, value: number | null])[];
}

/** Where runs are written to. */
export interface RunStore {
  /** By its name, made where there is none. @param created Unix milliseconds */
  openExperiment: (name: string, created: number) => Promise<TrackedExperiment>;
}

export interface TrackedExperiment {
  /** Throws a RunError `exists` where it has the run and cannot have it again. */
  readonly assertTakes: (run: TrackedRun) => Promise<void>;
  /** MLflow's id of a run by its name; undefined where it has none. */
  readonly idOf: (name: string) => Promise<string | undefined>;
  /** @param parent id of the run that this one stands below */
  readonly store: (run: TrackedRun, parent: string | undefined) => Promise<TrackedAs>;
  /** A line that tells where the runs are seen. */
  readonly direction: string;
}

export interface TrackedAs {
  /** MLflow's id of the run. */
  readonly id: string;
  /** The names that MLflow knows by others. */
  readonly renamed: ReadonlyMap<string, string>;
  /** How many numbers were added to a run that was there; absent where it is new. */
  readonly extendedBy?: number;
}

/** Names the run that a run stands below, by its id. */
export const parentTag = "mlflow.parentRunId";

/** 32 hex digits, as MLflow's ids of runs have. */
export const digestOf = (name: string): string =>
  createHash("sha256").update(name).digest("hex").slice(0, 32);

/** Characters; MLflow refuses longer values. */
const longestParam = 6000;
const longestTag = 5000;

export const paramText = (value: unknown): string => cut(String(value), longestParam);
export const tagText = (value: string): string => cut(value, longestTag);

function cut(text: string, most: number): string {
  const letters = text.length > most ? [...text] : [];
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : text;
}
