import type { Job } from "../../schemas/run-files.gen.ts";
import type { Executor } from "./executor.ts";
import { local } from "./local.ts";
import { slurm } from "./slurm.ts";

/** Those that a sweep can name, besides this machine. */
const executors = { slurm } satisfies Readonly<Record<NonNullable<Job["executor"]>, Executor>>;

export const executorOf = ({ executor }: Job): Executor =>
  executor === undefined ? local : executors[executor];
