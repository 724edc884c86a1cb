import { randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { EngineError, fileProblem } from "../engineError.ts";
import { identityOf } from "../processIdentity.ts";
import { exists } from "./fetchArchive.ts";

/** The place of an engine: it has the whole engine or none, whenever an installation ends. */

/** An installation that was cancelled, or could not write, says so. @throws EngineError */
export async function installing<T>(
  work: () => Promise<T>,
  { engines, signal }: { readonly engines: string; readonly signal?: AbortSignal | undefined },
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (signal?.aborted)
      throw new EngineError(
        "cancelled",
        "The installation was cancelled; nothing was changed.",
        "Complete downloads are kept for the next attempt.",
      );
    throw fileProblem(error, engines);
  }
}

/** What is there and is no engine stays. @throws EngineError */
export async function refuseForeign(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  if (entries.length === 0) return;
  throw new EngineError(
    "not-an-engine",
    `${folder} exists, but is no engine.`,
    "Move it away, or choose another folder with DISTILL_ENGINES.",
  );
}

/**
 * Builds an engine beside its place, in a folder with one for scratch files, and moves it there. A failure changes nothing;
 * complete archives are kept for the next attempt.
 * @param build removes the scratch folder
 */
export async function staged<T>(
  folder: string,
  build: (stage: string, scratch: string) => Promise<T>,
): Promise<T> {
  const stage = `${folder}.partial-${process.pid}-${randomBytes(3).toString("hex")}`;
  const scratch = path.join(stage, "scratch");
  try {
    await mkdir(scratch, { recursive: true });
    const built = await build(stage, scratch);
    await replace(folder, stage);
    await rm(downloadsFolder(path.dirname(folder)), { recursive: true, force: true });
    return built;
  } catch (error) {
    await remove(stage);
    throw error;
  }
}

/** Complete archives, kept until their engine is installed. */
export function downloadsFolder(engines: string): string {
  return path.join(engines, "downloads");
}

/** In one step: the place has the old engine or the complete new one. */
async function replace(folder: string, stage: string): Promise<void> {
  const old = `${folder}.old-${process.pid}`;
  const had = await rename(folder, old).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw error;
    },
  );
  try {
    await rename(stage, folder);
  } catch (error) {
    if (had) await rename(old, folder);
    throw error;
  }
  if (had) await remove(old);
}

/**
 * Removes what killed installations left beside an engine's place. One killed between the two steps of a replacement
 * left the place empty: the previous engine is put back.
 */
export async function removeStale(folder: string): Promise<void> {
  const name = path.basename(folder);
  const beside = await readdir(path.dirname(folder)).catch(() => []);
  for (const entry of beside) {
    const [, what, pid] =
      /^\.(partial|old)-(\d+)/.exec(entry.startsWith(name) ? entry.slice(name.length) : "") ?? [];
    if (pid === undefined || identityOf(Number(pid)) !== undefined) continue;
    const left = path.join(path.dirname(folder), entry);
    if (what === "old" && !(await exists(folder))) await rename(left, folder);
    else await remove(left);
  }
}

/** A program that was just killed may still be writing; the next installation removes what cannot be removed now. */
function remove(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 8, retryDelay: 200 }).catch(() => {});
}
