import { constants, type Dirent, readFileSync, realpathSync, type Stats, statSync } from "node:fs";
import { type FileHandle, open, readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, relative, sep, win32 } from "node:path";
import type { DataProblem } from "./problem.ts";

/**
 * What this process may read: every file that an experiment names, and every file that such a file names, is opened here.
 * A test holds the other modules to that.
 *
 * - Only regular files: no pipe, socket or device, and nothing that the kernel makes up (/proc, /sys).
 * - Nothing on another network share than the experiments are on: to ask Windows for one sends it the person's credentials.
 * - In a workspace that is not trusted, nothing that lies outside of it once links are followed.
 * - Of a model's own files, nothing outside of its folder.
 */
export interface ReadingPolicy {
  /** Absolute paths of the folders that experiments are in: the workspace's, or an experiment's own. */
  readonly folders: readonly string[];
  readonly isTrusted: boolean;
}

let policy: ReadingPolicy = { folders: [], isTrusted: true };

/** One for the process, as trust is: a language server belongs to one window, a trainer to one experiment. */
export function setReadingPolicy(next: ReadingPolicy): void {
  policy = next;
}

/** Why a path must not be read, whatever is there; undefined where it may. */
export async function refusal(path: string): Promise<DataProblem | undefined> {
  if (process.platform === "win32" && isElsewhere(path, policy.folders))
    return {
      code: "network-path",
      message: "Files on a network share or a device path are not read. Copy it beside the experiment.",
      file: path,
    };
  const real = await realPath(path);
  if (process.platform !== "win32" && /^\/(proc|sys)(\/|$)/.test(real))
    return {
      code: "not-a-file",
      message: "This is a part of the kernel's own state, not a file.",
      file: path,
    };
  if (policy.isTrusted) return undefined;
  const roots = await Promise.all(policy.folders.map(realPath));
  if (roots.some((root) => isWithin(root, real))) return undefined;
  return {
    code: "outside-workspace",
    // With the file at its end: a list of problems shows the beginning, and a long path there would be all of it.
    message: `This workspace is not trusted, so nothing outside of it is read. Trust the workspace, or move ${path} into it.`,
    file: path,
  };
}

/**
 * Opens a regular file for reading. It is examined before it is opened, so that no device is opened, and again after.
 * @throws what the file system says
 */
export async function openRegular(
  file: string,
): Promise<{ readonly handle: FileHandle; readonly size: number } | DataProblem> {
  const refused = (await refusal(file)) ?? kindProblem(file, await stat(file));
  if (refused !== undefined) return refused;
  // What was put in its place meanwhile must not be waited for; Windows lacks the flag.
  const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  const stats = await handle.stat();
  const problem = kindProblem(file, stats);
  if (problem === undefined) return { handle, size: stats.size };
  await handle.close();
  return problem;
}

/** Most bytes of a file of a module. */
const mostModuleBytes = 1e6;

/** The text of a file of a person's own module, read at once: Node asks for it in the middle of an import. */
export function readModuleText(file: string): string | DataProblem {
  const missing = (message: string): DataProblem => ({ code: "missing-file", message, file });
  if (!policy.isTrusted) return missing("This workspace is not trusted, so no module is run.");
  try {
    const real = realpathSync(file);
    const stats = statSync(real);
    const refused = kindProblem(file, stats);
    if (refused) return refused;
    if (/^\/(proc|sys)(\/|$)/.test(real) || stats.size > mostModuleBytes)
      return missing("This is no module.");
    return readFileSync(real, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return missing(code === "ENOENT" ? "There is no such file." : `It cannot be read (${code}).`);
  }
}

/** Whether what is in the workspace may be run. */
export const isTrusted = (): boolean => policy.isTrusted;

/** Metadata of a path; undefined where nothing is there, or where it must not be read. */
export async function statsOf(path: string): Promise<Stats | undefined> {
  if ((await refusal(path)) !== undefined) return undefined;
  return stat(path).catch(() => undefined);
}

/** Entries of a folder; undefined where it does not exist, or must not be read. */
export async function entriesOf(folder: string): Promise<Dirent[] | undefined> {
  if ((await refusal(folder)) !== undefined) return undefined;
  return readdir(folder, { withFileTypes: true }).catch(() => undefined);
}

/**
 * Whether a path in a model leads to a file in the model's folder. Links may lead elsewhere as long as they lead to where the
 * model itself does: caches of downloaded models are made of links.
 */
export async function isPartOf(model: string, path: string): Promise<boolean> {
  const folder = dirname(model);
  const part = join(folder, path);
  if (isAbsolutePath(path) || path.includes("\\") || !isWithin(folder, part)) return false;
  const [real, beside, own] = await Promise.all([realPath(part), realPath(folder), realPath(model)]);
  return isWithin(beside, real) || isWithin(dirname(own), real);
}

/**
 * Whether a path of Windows is one of a network share, `\\server\share\…`, or of a device, `\\.\…`, that none of the folders is
 * on.
 */
export const isElsewhere = (path: string, folders: readonly string[]): boolean =>
  /^[\\/]{2}/.test(path) && !folders.some((folder) => rootOf(folder) === rootOf(path));

const rootOf = (path: string): string => win32.parse(win32.normalize(path)).root.toLowerCase();

function kindProblem(file: string, stats: Stats): DataProblem | undefined {
  if (stats.isFile()) return undefined;
  const found = stats.isDirectory()
    ? "directory"
    : stats.isFIFO()
      ? "pipe"
      : stats.isSocket()
        ? "socket"
        : "device";
  return { code: "not-a-file", message: `This is a ${found}, not a file.`, file, expected: "file", found };
}

/** With links followed as far as there is anything; what is not there lies where its folder does. */
async function realPath(path: string): Promise<string> {
  const missing: string[] = [];
  for (let at = path; ; at = dirname(at)) {
    const real = await realpath(at).catch(() => undefined);
    if (real !== undefined) return join(real, ...missing);
    if (dirname(at) === at) return path;
    missing.unshift(basename(at));
  }
}

function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolutePath(way);
}

/** On any system, so that a model is the same on all of them. */
const isAbsolutePath = (path: string): boolean => /^([\\/]|[a-z]:)/i.test(path);
