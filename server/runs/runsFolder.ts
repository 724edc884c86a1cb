import { lstatSync } from "node:fs";
import { join } from "node:path";
import { RunError } from "./runError.ts";

/** Default folder of the runs of experiments in a folder. */
export const runsPath = join(".distill", "runs");

/**
 * The folder that new runs of experiments in `base` go to. Throws a RunError `link` for a symbolic link: a repository may
 * contain one, and users can name another folder.
 */
export function ownRunsFolder(base: string): string {
  for (const path of [join(base, ".distill"), join(base, runsPath)])
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink())
      throw new RunError(
        "link",
        `${path} is a symbolic link, so new runs would be written somewhere else.`,
        "Remove it, or name the folder that it leads to: --runs-directory, or the setting `distill.runsDirectory`.",
      );
  return join(base, runsPath);
}
