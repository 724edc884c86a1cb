import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { isOfThisBoot, type ProcessIdentity } from "../processIdentity.ts";

/** How many processes the kernel has ended for want of memory since it started; undefined where it does not say. */
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
 * Whether the kernel has ended a process for want of memory since this holder took its lock. Which one it was only the
 * kernel's own log says, which not everybody may read; of a holder that is dead it is the likely end.
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
