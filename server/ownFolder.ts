import { writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Folder beside an experiment for files of runs. */
const ownFolder = ".distill";

/**
 * Hides a new `.distill` from Git, as pytest hides its cache: a `.gitignore` in it that ignores everything, itself too. It is
 * written only when the folder is created, so users who want runs in Git can remove it.
 * @param first the topmost folder created on the way to `path`
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
