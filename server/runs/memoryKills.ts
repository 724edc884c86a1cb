import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { isOfThisBoot, type ProcessIdentity } from "../processIdentity.ts";

/** Number of out-of-memory kills since boot; undefined where the kernel does not count them. */
export function memoryKills(): number | undefined {
  try {
    return killsIn(readFileSync("/proc/vmstat", "utf8"));
  } catch {
    return undefined; // Another system than Linux.
  }
}

/** Linux counts them since 4.13. */
export function killsIn(vmstat: string): number | undefined {
  const count = /^oom_kill (\d+)$/m.exec(vmstat)?.[1];
  return count === undefined ? undefined : Number(count);
}

/**
 * Whether the kernel has killed a process that ran out of memory since this holder took its lock. Which one is only in the
 * kernel's log, which not every user may read; for a dead holder it is the likely cause.
 */
export function wasMemoryShort(
  holder: ProcessIdentity & { readonly host: string; readonly memoryKills?: number },
  now: number | undefined = memoryKills(),
): boolean {
  const { host, memoryKills: before } = holder;
  return (
    host === hostname() && isOfThisBoot(holder) && before !== undefined && now !== undefined && now > before
  );
}
