import { availableParallelism } from "node:os";
import type { Experiment } from "../../schemas/experiment.gen.ts";
import type { Job, Member } from "../../schemas/run-files.gen.ts";
import type { RunSummary } from "../protocol.ts";
import type { EventLog } from "../runs/eventLog.ts";
import type { RunDirectory } from "../runs/runDirectory.ts";

/** Where processes work. Wherever that is, the folder of runs and the cache beside it are all that joins them. */
export interface Executor {
  /** Throws a RunError where it cannot take a sweep from here; asked before there is one. Absent: it always can. */
  readonly ready?: () => Promise<void>;
  /**
   * Has trainers work on members, in their order, and waits for all of them. Throws `HandedOver` where the sweep goes on in another
   * process instead, once they have ended.
   */
  readonly train: (members: readonly Member[], turn: Turn, prepare: Prepare) => Promise<void>;
  /**
   * The same of members that `next` gives, one as soon as there is a place for it; where it gives none, it is asked again once another has
   * ended. Ends when none is given and none trains. Absent: a place where it is not known when one ends.
   */
  readonly stream?: (next: () => Promise<Member | undefined>, turn: Turn, prepare: Prepare) => Promise<void>;
  /**
   * Has a process compute each missing part of a teacher's outputs, and says what comes of them. Throws `HandedOver` where they are
   * computed later; the same call tells then which are there, and has those computed again that have died.
   * @returns the numbers of those that have died
   */
  readonly fill: (shards: Shards, tell: (line: string) => void) => Promise<readonly number[]>;
}

/** Others go on where this process ends. What begins as it did finds what has come of that. */
export class HandedOver extends Error {}

/** Parts of what the runs of an experiment keep of its teacher's outputs: each is `distill teacher FILE --shard K/N`. */
export interface Shards {
  /** Absolute paths of the experiment and its folder of runs. */
  readonly file: string;
  readonly runs: string;
  readonly of: number;
  /** Numbers of those that are not in the cache, from 1, rising. Throws a RunError where the teacher cannot be asked. */
  readonly findMissing: () => Promise<readonly number[]>;
  /** Computed at once. */
  readonly jobs?: number | undefined;
}

/**
 * Makes a member ready for its trainer.
 * @returns false: it needs none
 */
export type Prepare = (member: Member, before: RunSummary | undefined) => Promise<boolean>;

/** A sweep whose process has members trained. */
export interface Turn {
  readonly sweep: RunDirectory;
  readonly log: EventLog;
  readonly stop: SweepStop;
  readonly job: Job;
  readonly experiment: Experiment;
  /** They are trained, and read the test split. */
  readonly test?: true;
}

/** Stop request of the sweep's process, passed on to the members that are training. */
export interface SweepStop {
  requested?: string;
  pass?: (options: { readonly force: boolean }) => void;
}

/** Environment variable: threads of the engine, of a run that shares the machine with others. */
export const threadsVariable = "DISTILL_THREADS";

/** Environment variable: threads of the teacher that a run trains or asks beforehand, as others wait for it. */
export const teacherThreadsVariable = "DISTILL_TEACHER_THREADS";

/** Threads of an engine that an experiment gives none: a run of several that train at once has its share. */
export const defaultThreads = (): number => givenThreads(threadsVariable) ?? allThreads();

export const teacherThreads = (): number | undefined => givenThreads(teacherThreadsVariable);

/** Those of a run that has the machine to itself. */
export const allThreads = (): number => Math.min(availableParallelism(), 8);

function givenThreads(variable: string): number | undefined {
  const given = Number(process.env[variable]);
  return Number.isInteger(given) && given > 0 ? given : undefined;
}
