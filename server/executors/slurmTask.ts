import type { Attempt } from "../runs/holder.ts";
import { slurmCommand } from "./slurmCommand.ts";

/** The job of Slurm that this process is. */
export interface SlurmTask {
  readonly attempt: Attempt;
  /** Of an array: its number, which is that of a run in its sweep. Absent: the sweep's own process. */
  readonly index?: number;
}

/** Argument of a trainer that a job starts. Its environment alone says nothing: a person may start runs in a job of their own. */
export const taskArgument = "--queued";

/** The signal by which Slurm announces the time limit. A stop, `scancel` and a preemption are SIGTERM. */
export const limitSignal = "SIGUSR2";

export function slurmTask(
  {
    SLURM_JOB_ID: job,
    SLURM_RESTART_COUNT: restarts = "0",
    SLURMD_NODENAME: node = "",
    SLURM_ARRAY_TASK_ID: index,
  }: NodeJS.ProcessEnv = process.env,
): SlurmTask {
  return {
    attempt: { job: Number(job), restarts: Number(restarts), node },
    ...(index === undefined ? {} : { index: Number(index) }),
  };
}

/** Puts this job back into the queue. Slurm then ends this process. */
export const requeue = async ({ attempt }: SlurmTask): Promise<void> => {
  await slurmCommand("scontrol", ["requeue", String(attempt.job)]);
};
