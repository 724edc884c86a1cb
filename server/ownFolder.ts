import { writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** What runs leave beside an experiment is below a folder of this name. */
const ownFolder = ".distill";

/**
 * Hides a new `.distill` from Git, as pytest hides its cache: a `.gitignore` in it that ignores everything, itself too. It is
 * written when the folder is made and never again, so whoever wants the runs in Git removes it.
 * @param first the topmost folder that was made on the way to `path`
 */
export function hideFromGit(first: string, path: string): void {
  for (let folder = path; folder.length >= first.length; folder = dirname(folder)) {
    if (basename(folder) === ownFolder) {
      try {
        writeFileSync(join(folder, ".gitignore"), "# Made by Distillery.\n*\n", { flag: "wx" });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
    }
    if (dirname(folder) === folder) return;
  }
}
