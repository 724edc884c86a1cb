import { join } from "node:path";
import type { Job } from "../../schemas/run-files.gen.ts";
import { hasCheckpoint } from "./checkpoints.ts";
import { realPath } from "./directoryIdentity.ts";
import { isCopied, type LockHolder, namedHolder } from "./holder.ts";
import type { LogFacts } from "./logFacts.ts";
import { wasMemoryShort } from "./memoryKills.ts";
import { lastTrainer } from "./spawn.ts";

/** Why a trainer ended without reporting it, as far as it can be known. */
export function interruption(
  directory: string,
  { memoryWarning, lastTime }: Pick<LogFacts, "memoryWarning" | "lastTime">,
  { lastEventAt }: Pick<Job, "lastEventAt"> = {},
): string {
  const isSilent = lastEventAt !== undefined && lastEventAt === lastTime;
  return [
    endOf(directory, lastTrainer(directory)),
    ...(isSilent
      ? ["It had resumed the run and reported nothing yet; trainer.log may have the reason."]
      : []),
    ...(memoryWarning === undefined ? [] : [`It had warned: ${memoryWarning}`]),
  ].join(" ");
}

/** What to do about it. */
export const resumption = (directory: string): string =>
  hasCheckpoint(directory)
    ? "Resuming continues from the last checkpoint."
    : "It had written no checkpoint: resuming begins again.";

function endOf(directory: string, holder: LockHolder | undefined): string {
  const original = copiedFrom(directory);
  if (original !== undefined)
    return `This is a copy of ${original.path}, made while that run trained: its lock names process ${original.pid} there, which is not this run's trainer.`;
  if (holder?.directory !== undefined && holder.directory.path !== realPath(directory))
    return `The trainer ended without an error message; the run was at ${holder.directory.path} then. A trainer whose folder is moved ends.`;
  return holder !== undefined && wasMemoryShort(holder)
    ? "The trainer ended without an error message; the system has killed a process that ran out of memory meanwhile, probably this one."
    : "The trainer ended without an error message.";
}

/** The holder of the original run, whose lock was copied with it. */
function copiedFrom(directory: string): { readonly path: string; readonly pid: number } | undefined {
  const lock = join(directory, "lock");
  const holder = namedHolder(lock);
  return holder?.directory !== undefined && isCopied(lock, holder)
    ? { path: holder.directory.path, pid: holder.pid }
    : undefined;
}
