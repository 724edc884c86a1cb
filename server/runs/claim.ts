import { existsSync, rmdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { makeFolder } from "./durable.ts";
import { acquireLock, type RunLock } from "./lock.ts";
import { RunError } from "./runError.ts";

/** Interval at which a claim of another process is checked. */
const pollMs = 300;

/**
 * Held by one process at a time, in a folder that goes with it: what it names is done once, and others find it done. A dead
 * holder's claim is taken over. Undefined where a stop was requested meanwhile.
 * @param folder in an existing one: a folder that was moved must not reappear
 * @param onWait called once, where another process holds it
 */
export async function claim(
  folder: string,
  { stopRequested, onWait }: { readonly stopRequested: () => boolean; readonly onWait?: () => void },
): Promise<RunLock | undefined> {
  for (let isTold = false; !stopRequested(); ) {
    makeFolder(folder);
    try {
      const lock = acquireLock(folder);
      return {
        release() {
          lock.release();
          removeEmpty(folder);
        },
      };
    } catch (error) {
      if (!existsSync(folder)) continue; // Its last holder has removed it in between.
      if (!(error instanceof RunError) || error.code !== "locked") throw error;
    }
    if (!isTold) onWait?.();
    isTold = true;
    await sleep(pollMs);
  }
  return undefined;
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // The next one has its lock there.
  }
}
