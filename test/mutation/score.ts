import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { folderOf } from "./suites.ts";
import type { Tried } from "./tryMutants.ts";

export interface Counts {
  /** Killed mutants of all, in percent, cut to one decimal: a survivor with a reason counts as any other survivor. */
  readonly percentKilled: number;
  readonly mutants: number;
  readonly killed: number;
  /** Survivors that have a reason in survivors.json. */
  readonly explained: number;
  readonly unexplained: number;
}

export interface Survivor {
  readonly line: number;
  readonly change: string;
  /** Why no test can tell the two apart; absent where one should be written. */
  readonly reason?: string;
}

export interface FileScore extends Counts {
  readonly survivors: readonly Survivor[];
}

export type FileScores = Readonly<Record<string, FileScore>>;

/** Why a survivor is none that a test could kill, by file and change. */
export type Reasons = Readonly<Record<string, Readonly<Record<string, string>>>>;

export function scoreOfFile(
  mutants: readonly Tried[],
  reasons: Readonly<Record<string, string>> = {},
): FileScore {
  const survivors = mutants.filter(({ killedBy }) => killedBy === undefined);
  return scored(mutants.length, survivors, reasons);
}

/** A score with the reasons as they are now. */
export function explained(
  { mutants, survivors }: FileScore,
  reasons: Readonly<Record<string, string>> = {},
): FileScore {
  return scored(mutants, survivors, reasons);
}

function scored(
  mutants: number,
  survivors: readonly Omit<Survivor, "reason">[],
  reasons: Readonly<Record<string, string>>,
): FileScore {
  const withReasons = survivors.map(({ line, change }) => ({
    line,
    change,
    ...(reasons[change] && { reason: reasons[change] }),
  }));
  const found = withReasons.filter(({ reason }) => reason).length;
  return { ...counts(mutants, mutants - survivors.length, found), survivors: withReasons };
}

/** The reasons that none of the survivors needs. */
export function staleReasons({ survivors }: FileScore, reasons: Readonly<Record<string, string>> = {}) {
  return Object.keys(reasons).filter((reason) => !survivors.some(({ change }) => change === reason));
}

export function total(scores: readonly Counts[]): Counts {
  const sum = (key: keyof Counts) => scores.reduce((all, score) => all + score[key], 0);
  return counts(sum("mutants"), sum("killed"), sum("explained"));
}

/** The total of each folder. */
export function byFolder(files: FileScores): Readonly<Record<string, Counts>> {
  const folders = new Set(Object.keys(files).map(folderOf));
  const scores = (folder: string) =>
    Object.entries(files).flatMap(([file, score]) => (folderOf(file) === folder ? [score] : []));
  return Object.fromEntries([...folders].map((folder) => [folder, total(scores(folder))]));
}

export function readScores(path: string): FileScores {
  return readJson(path, { files: {} as FileScores }).files;
}

/** @param every what suites.ts names: what of it has no score yet is said */
export function writeScores(path: string, files: FileScores, every: readonly string[]): void {
  const score = {
    percentKilled: "killed mutants of all mutants; a survivor with a reason is a survivor",
    total: total(Object.values(files)),
    folders: byFolder(files),
    notTried: every.filter((file) => !files[file]),
    files,
  };
  writeFileSync(path, `${JSON.stringify(score, null, 2)}\n`);
}

export function readReasons(path: string): Reasons {
  return readJson<Reasons>(path, {});
}

export function table(rows: Readonly<Record<string, Counts>>): string {
  const width = Math.max(...Object.keys(rows).map((name) => name.length));
  const header = `${"".padEnd(width)}  mutants   killed  explained  unexplained`;
  const lines = Object.entries(rows).map(
    ([name, { mutants, killed, explained, unexplained, percentKilled }]) => {
      const cells = [
        String(mutants).padStart(7),
        String(killed).padStart(7),
        String(explained).padStart(9),
        String(unexplained).padStart(11),
        `${percentKilled.toFixed(1)} %`.padStart(7),
      ];
      return `${name.padEnd(width)}  ${cells.join("  ")}`;
    },
  );
  return [header, ...lines].join("\n");
}

function counts(mutants: number, killed: number, explained: number): Counts {
  const percentKilled = mutants === 0 ? 100 : Math.floor((1000 * killed) / mutants) / 10;
  return { percentKilled, mutants, killed, explained, unexplained: mutants - killed - explained };
}

function readJson<T>(path: string, absent: T): T {
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as T) : absent;
}
