import type { Experiment } from "../../schemas/experiment.gen.ts";
import type { Job, Member } from "../../schemas/run-files.gen.ts";
import type { RunSummary } from "../protocol.ts";
import type { EventLog } from "../runs/eventLog.ts";
import type { RunDirectory } from "../runs/runDirectory.ts";

/** Where the members of a sweep train. Wherever that is, a trainer has only its run directory, and writes to its trainer.log. */
export interface Executor {
  /**
   * Has trainers work on members, in their order, and waits for all of them. Throws `HandedOver` where the sweep goes on in another
   * process instead, once they have ended.
   */
  readonly train: (members: readonly Member[], turn: Turn, prepare: Prepare) => Promise<void>;
}

/** The sweep's process ends here. The next one begins where this one did, and finds what has come of the members. */
export class HandedOver extends Error {}

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
