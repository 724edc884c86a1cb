import { existsSync, statSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { RunSummary } from "../protocol.ts";
import { listRuns } from "../runs/list.ts";
import { nameInId } from "../runs/runDirectory.ts";
import { RunError } from "../runs/runError.ts";
import { runsPath } from "../runs/runsFolder.ts";

/** Search depth for folders of runs below the working directory. */
const deepest = 4;
const mostFolders = 2000;

/**
 * Folders of runs: `.distill/runs` here, in parent folders and below, or only the given one.
 */
export async function runsDirectories(given?: string, from = process.cwd()): Promise<readonly string[]> {
  if (given !== undefined) return [foundFolder(resolve(given))];
  const above: string[] = [];
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    above.push(folder);
    if (dirname(folder) === folder) break;
  }
  const below: string[] = [];
  let level = [resolve(from)];
  for (let depth = 0; depth < deepest && level.length > 0; depth++) {
    level = (await Promise.all(level.map(subfolders))).flat().slice(0, mostFolders - below.length);
    below.push(...level);
  }
  return [...above, ...below].map((folder) => join(folder, runsPath)).filter((folder) => existsSync(folder));
}

/** The runs in such folders, newest first. */
export async function runsFrom(given?: string, from?: string): Promise<RunSummary[]> {
  const folders = await runsDirectories(given, from);
  const runs = (await Promise.all(folders.map((folder) => listRuns(folder)))).flat();
  return runs.sort((a, b) => (a.id < b.id ? 1 : -1));
}

function foundFolder(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path;
  const why = existsSync(path) ? "it is not a folder" : "it does not exist";
  throw new RunError(
    "missing",
    `Could not read ${path}: ${why}.`,
    "Correct --runs-directory, or leave it out.",
  );
}

/**
 * The directory of a run given as a path, an id or its beginning, or `latest`; a match of a sweep and its runs is the sweep.
 * Throws a RunError with the alternatives where none or several match.
 */
export async function findRun(reference: string, given?: string): Promise<string> {
  if (/[\\/]/.test(reference) || reference === ".") return resolve(reference);
  const runs = (await Promise.all((await runsDirectories(given)).map(runsIn))).flat().sort(byId);
  if (reference === "latest") {
    const latest = withoutMembers(runs).at(-1);
    if (latest === undefined)
      throw new RunError("missing", "There are no runs here.", "Start one with `distill run FILE`.");
    return latest.path;
  }
  const exact = runs.find(({ id }) => id === reference);
  const fitting =
    exact === undefined ? withoutMembers(runs.filter(({ id }) => id.startsWith(reference))) : [exact];
  const [run, ...others] = fitting;
  if (run === undefined) {
    if (existsSync(resolve(reference))) return resolve(reference);
    const candidates = withoutMembers(runs);
    const { suggestion } = await import("../language/suggest.ts");
    const name = suggestion(nameInId(reference), new Set(candidates.map(nameOf)));
    const named = candidates.findLast((found) => nameOf(found) === name);
    throw new RunError(
      "missing",
      `No run here has an id that begins with ${reference}.`,
      named === undefined
        ? "`distill list` shows the runs."
        : `The newest run of ${name} is ${named.id}; \`distill list\` shows all.`,
    );
  }
  if (others.length > 0)
    throw new RunError(
      "ambiguous",
      `Several runs begin with ${reference}: ${fitting.map(({ id }) => id).join(", ")}.`,
      "Give more characters of the id.",
    );
  return run.path;
}

interface Found {
  readonly id: string;
  readonly path: string;
}

/** The experiment's name in an id, between the time and three random characters. */
const nameOf = ({ id }: Found): string => /^[\d.]+-[\d.]+-(.+)-[^-]+$/.exec(id)?.[1] ?? id;

/** Members are named by their sweep and a number. */
function withoutMembers(runs: readonly Found[]): Found[] {
  const paths = new Set(runs.map(({ path }) => path));
  return runs.filter(({ path }) => {
    const sweep = path.replace(/-\d+$/, "");
    return sweep === path || !paths.has(sweep);
  });
}

const byId = (a: Found, b: Found) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

async function runsIn(folder: string): Promise<Found[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .map((id) => ({ id, path: join(folder, id) }))
    .filter(({ path }) => existsSync(join(path, "job.json")));
}

/** Folders to search: not hidden ones, not packages. */
async function subfolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const named = entries.filter(({ name }) => !name.startsWith(".") && name !== "node_modules");
  const folders = await Promise.all(
    named.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return path;
      return entry.isSymbolicLink() && (await stat(path).catch(() => undefined))?.isDirectory()
        ? path
        : undefined;
    }),
  );
  return folders.filter((path) => path !== undefined);
}
