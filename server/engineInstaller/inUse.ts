import { readdir, readFile, realpath } from "node:fs/promises";
import path from "node:path";
import { EngineError } from "../engineError.ts";

/**
 * A trainer that computes with an engine finds it gone when it loads the next of its libraries, and so do the next runs of its sweep.
 * Processes tell what they have loaded on Linux alone; Windows removes no library that is loaded, and macOS keeps it until they end.
 * @throws EngineError where a process of this user has loaded something from the folder
 */
export async function assertUnused(folder: string): Promise<void> {
  if (process.platform !== "linux") return;
  const loaded = `${await realpath(folder)}${path.sep}`;
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    // Those of others may not be read, and each may end meanwhile.
    const maps = await readFile(`/proc/${pid}/maps`, "utf8").catch(() => "");
    if (!maps.includes(loaded)) continue;
    const words = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0");
    const run = words.find((word) => /[\\/]\.distill[\\/]runs[\\/][^\\/]+[\\/]?$/.test(word));
    const id = run === undefined ? undefined : path.basename(run);
    throw new EngineError(
      "in-use",
      `${folder} is in use by ${id === undefined ? `process ${pid}` : `the run ${id}`}.`,
      id === undefined ? "Try again once it has ended." : `Wait for its end, or stop it: distill stop ${run}`,
    );
  }
}
