/**
 * Why a file that a person has named was not written, as in `Could not write a.svg: the disk is full.`, and what to do.
 * @param told what the system says, which names the error: `EROFS: read-only file system`
 */
export function notWritten(path: string, told: string): string {
  const [code = ""] = /\bE[A-Z]{2,}\b/.exec(told) ?? [];
  const [, why, hint] = reasons[code] ?? [code, told, "Choose another folder."];
  return `Could not write ${path}: ${why}. ${typeof hint === "string" ? hint : hint.ofOutput}`;
}

/** What to do: with a file of a run, and with one that a person has named. */
type Hint = string | { readonly ofRun: string; readonly ofOutput: string };

const full: Hint = {
  ofRun: "Free some space, then try again: `distill resume` continues from the last complete checkpoint.",
  ofOutput: "Free some space, then try again.",
};

const permissions: Hint = {
  ofRun: "Change the permissions, or choose another folder with --runs-directory.",
  ofOutput: "Change the permissions, or choose another folder.",
};

/** By the code of the system's error. */
export const reasons: Readonly<Record<string, readonly [code: string, why: string, hint: Hint]>> = {
  ENOSPC: ["disk-full", "the disk is full", full],
  EDQUOT: ["disk-full", "the disk quota is used up", full],
  EFBIG: ["disk-full", "the file would be larger than the file system allows", full],
  EROFS: [
    "read-only",
    "the file system is read-only",
    {
      ofRun: "Choose a folder that can be written, with --runs-directory.",
      ofOutput: "Choose a folder that can be written.",
    },
  ],
  EACCES: ["no-permission", "permission was denied", permissions],
  EPERM: ["no-permission", "the operation is not permitted", permissions],
  ENOENT: [
    "missing",
    "it does not exist",
    {
      ofRun: "Was the folder moved or deleted during the run?",
      ofOutput: "Correct the path, or create the folder.",
    },
  ],
  ENOTDIR: [
    "missing",
    "a part of the path is not a folder",
    {
      ofRun: "Correct the path, or choose another folder with --runs-directory.",
      ofOutput: "Correct the path.",
    },
  ],
  EISDIR: ["io", "it is a folder", "Name a file."],
  ELOOP: ["io", "it is a link that leads back to itself", "Remove the link, or put the file itself there."],
  EEXIST: ["exists", "it already exists", "Choose another name, or remove it."],
  EMFILE: ["io", "too many files are open", "Close some programs, or raise the limit (ulimit -n)."],
  EIO: ["io", "the disk reported an error", "Check the disk, then run `distill resume`."],
};
