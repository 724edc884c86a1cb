import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Job } from "../../schemas/run-files.gen.ts";
import { runsPath } from "./runsFolder.ts";

/**
 * A job by where its experiment lies now: a folder that was renamed, moved or brought from another machine has its runs in it, and
 * they name files where they were. One whose experiment is still there, or whose runs are kept elsewhere, stays as it is.
 * @param path of the run
 */
export function whereItLies(job: Job, path: string): Job {
  const runs = dirname(path);
  const baseDirectory = dirname(dirname(runs));
  // On Windows it may have been written with the other separator.
  const experimentFile = join(baseDirectory, job.experimentFile.split(/[\\/]/).at(-1) ?? "");
  const isBeside = resolve(baseDirectory, runsPath) === runs;
  if (!isBeside || experimentFile === job.experimentFile || existsSync(job.experimentFile)) return job;
  return existsSync(experimentFile) ? { ...job, experimentFile, baseDirectory } : job;
}
