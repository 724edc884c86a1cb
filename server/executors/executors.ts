import type { Job } from "../../schemas/run-files.gen.ts";
import type { Executor } from "./executor.ts";
import { local } from "./local.ts";
import { slurm } from "./slurm.ts";

/** Those that can be named, besides this machine. */
const executors = { slurm } satisfies Readonly<Record<NonNullable<Job["executor"]>, Executor>>;

/** @param executor undefined: this machine */
export const executorOf = ({ executor }: { readonly executor?: Job["executor"] | undefined }): Executor =>
  executor === undefined ? local : executors[executor];
