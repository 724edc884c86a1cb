import { existsSync, rmdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { makeFolder } from "./durable.ts";
import { acquireLock, lockHolder, type RunLock } from "./lock.ts";
import { RunError } from "./runError.ts";

/** Interval at which a claim of another process is checked. */
const pollMs = 300;

/**
 * Held by one process at a time, in a folder that goes with it: what it names is done once, and others find it done. A dead
 * holder's claim is taken over. Undefined where a stop was requested meanwhile.
 * @param folder in an existing one: a folder that was moved must not reappear
 * @param run which does the work
 * @param onWait called where another process holds it, and again where another run does
 */
export async function claim(
  folder: string,
  { run, stopRequested, onWait }: Claim,
): Promise<RunLock | undefined> {
  let told: { readonly run: string | undefined } | undefined;
  while (!stopRequested()) {
    makeFolder(folder);
    try {
      const lock = acquireLock(folder, { run });
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
    const holder = lockHolder(folder);
    if (told === undefined || (holder !== undefined && holder.run !== told.run)) {
      told = { run: holder?.run };
      onWait?.(told.run);
    }
    await sleep(pollMs);
  }
  return undefined;
}

interface Claim {
  readonly run?: string | undefined;
  readonly stopRequested: () => boolean;
  /** @param run undefined where the holder does not say for which */
  readonly onWait?: (run: string | undefined) => void;
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // The next one has its lock there.
  }
}
