import { execFileSync } from "node:child_process";
import { dirname } from "node:path";

/**
 * The commit of a folder, as 40 or 64 hexadecimal digits, with `-dirty` appended where tracked files differ; undefined outside
 * of a repository, and in a bare one.
 *
 * A repository may come from anywhere, and its configuration names programs: a file system monitor, hooks, filters, a
 * transport for missing objects. None of them is run. Git's own tracking of the owner (safe.directory) stays on.
 */
export function gitCommit(folder: string): string | undefined {
  try {
    // A filter is overridden by name, so the names are listed first; that reads configuration and runs nothing.
    const filters = namedFilters(folder);
    const overrides = [...harmless, ...filters.flatMap((key) => [[key, ""] as const])];
    const lines = git(folder, [...statusOfTracked], overrides).split("\n");
    const commit = /^# branch\.oid ([0-9a-f]+)$/m.exec(lines.join("\n"))?.[1];
    if (commit === undefined) return undefined;
    return lines.some((line) => line !== "" && !line.startsWith("#")) ? `${commit}-dirty` : commit;
  } catch {
    return undefined;
  }
}

type Override = readonly [key: string, value: string];

/** Programs that git may run for a status by configuration; `safe.bareRepository` refuses embedded bare repositories. */
const harmless: readonly Override[] = [
  ["core.fsmonitor", "false"],
  ["core.hooksPath", process.platform === "win32" ? "NUL" : "/dev/null"],
  ["safe.bareRepository", "explicit"],
];

/** Submodules have configurations of their own. */
const statusOfTracked = [
  "status",
  "--porcelain=v2",
  "--branch",
  "--no-ahead-behind",
  "--untracked-files=no",
  "--ignore-submodules=all",
  "--no-renames",
];

function namedFilters(folder: string): string[] {
  const listed = git(folder, ["config", "--list", "--name-only", "--null"], harmless);
  return listed.split("\0").filter((key) => /^filter\..*\.(clean|smudge|process|required)$/s.test(key));
}

function git(folder: string, words: readonly string[], overrides: readonly Override[]): string {
  return execFileSync("git", ["--no-pager", "--no-optional-locks", "-C", folder, ...words], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    // On Windows the working directory is searched for git.exe first.
    cwd: dirname(process.execPath),
    maxBuffer: 2 ** 28,
    env: {
      ...process.env,
      // A missing object would be fetched by a program that the repository names.
      GIT_NO_LAZY_FETCH: "1",
      GIT_ALLOW_PROTOCOL: "none",
      GIT_TERMINAL_PROMPT: "0",
      // In the environment and not behind -c, which ends a key at its first "=".
      GIT_CONFIG_COUNT: String(overrides.length),
      ...Object.fromEntries(
        overrides.flatMap(([key, value], i) => [
          [`GIT_CONFIG_KEY_${i}`, key],
          [`GIT_CONFIG_VALUE_${i}`, value],
        ]),
      ),
    },
  });
}
