import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Job } from "../../schemas/run-files.gen.ts";
import { runsPath } from "./runsFolder.ts";

/**
 * A job by where its experiment lies now: a folder that was renamed, moved, copied or brought from another machine has its runs in it,
 * and they name files where they were. One whose runs are kept elsewhere stays as it is.
 * @param path of the run
 */
export function whereItLies(job: Job, path: string): Job {
  const baseDirectory = dirname(dirname(dirname(path)));
  // On Windows it may have been written with the other separator.
  const experimentFile = join(baseDirectory, job.experimentFile.split(/[\\/]/).at(-1) ?? "");
  if (experimentFile === job.experimentFile || !isBeside(path, experimentFile)) return job;
  // Where runs are kept elsewhere another experiment of that name may lie beside them.
  if (job.isApart && existsSync(job.experimentFile)) return job;
  return existsSync(experimentFile) ? { ...job, experimentFile, baseDirectory } : job;
}

/** Whether a run is where those of its experiment are by default. */
export const isBeside = (path: string, experimentFile: string): boolean =>
  resolve(dirname(experimentFile), runsPath) === dirname(path);
