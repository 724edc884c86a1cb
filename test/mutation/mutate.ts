/**
 * Mutation testing: changes the code in one place at a time and runs the tests that should notice.
 *
 *     npm run test:mutation                  everything in suites.ts: hours
 *     npm run test:mutation -- PATH…         the files below these paths
 *
 * score.json keeps what came out, file by file: those that were not asked for keep their last result. A survivor that no test can
 * kill, as the change has no effect, has its reason in survivors.json, by file and change.
 */
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { Stryker } from "@stryker-mutator/core";
import { suites } from "./suites.ts";

interface Survivor {
  /** `line: mutator: what stands there → what was put there`. */
  readonly change: string;
  /** Why no test can tell the two apart; absent where one should be written. */
  readonly reason?: string;
}

interface FileScore {
  readonly mutants: number;
  readonly killed: number;
  readonly survivors: readonly Survivor[];
}

interface Score {
  /** Killed mutants of those that change what the code does. */
  readonly percentKilled: number;
  readonly mutants: number;
  readonly killed: number;
  /** Survivors with a reason. */
  readonly explained: number;
  readonly files: Readonly<Record<string, FileScore>>;
}

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
process.chdir(here("../.."));
const scorePath = here("score.json");
const reasons = readJson(here("survivors.json"), {} as Record<string, Record<string, string>>);
const asked = process.argv.slice(2);

const files = { ...readJson(scorePath, { files: {} } as { files: Record<string, FileScore> }).files };
for (const { code, tests = [] } of suites)
  for (const file of globSync(code).sort()) {
    if (isTest(file) || !(asked.length === 0 || asked.some((path) => file.startsWith(path)))) continue;
    const own = file.replace(/\.ts$/, ".test.ts");
    const beside = [own, ...tests.flatMap((pattern) => globSync(pattern))].filter((path) => existsSync(path));
    if (beside.length === 0) continue;
    files[file] = await mutate(file, [...new Set(beside)]);
    const { mutants, killed } = files[file];
    console.log(`${file}: ${killed} of ${mutants} killed`);
    writeFileSync(scorePath, `${JSON.stringify(scoreOf(files), null, 2)}\n`);
  }
const { percentKilled, mutants, killed, explained } = scoreOf(files);
console.log(`${killed} of ${mutants} mutants killed, ${explained} survivors explained: ${percentKilled} %`);

async function mutate(file: string, tests: readonly string[]): Promise<FileScore> {
  const lines = readFileSync(file, "utf8").split("\n");
  const results = await new Stryker({
    testRunner: "command",
    commandRunner: { command: `node --test ${tests.join(" ")}` },
    mutate: [file],
    reporters: [],
    concurrency: 2,
    timeoutMS: 10_000,
    tempDirName: ".cache/mutation",
    ignorePatterns: ["media", "bench", "dist", "test/e2e", "tsconfig.json"],
    // The project's TypeScript has no API that Stryker knows, and type stripping needs no configuration.
    tsconfigFile: "none",
    logLevel: "error",
    allowConsoleColors: false,
  } as ConstructorParameters<typeof Stryker>[0]).runMutationTest();
  const tried = results.filter(({ status }) => status !== "CompileError" && status !== "Ignored");
  const survivors = tried.filter(({ status }) => status === "Survived" || status === "NoCoverage");
  return {
    mutants: tried.length,
    killed: tried.length - survivors.length,
    survivors: survivors.map(({ location: { start, end }, mutatorName, replacement = "" }) => {
      const line = lines[start.line - 1] ?? "";
      const was = line.slice(start.column - 1, end.line === start.line ? end.column - 1 : undefined);
      const change = `${mutatorName}: ${brief(was)} → ${brief(replacement)}`;
      const reason = reasons[file]?.[change];
      return { change: `${start.line}: ${change}`, ...(reason ? { reason } : {}) };
    }),
  };
}

function scoreOf(files: Readonly<Record<string, FileScore>>): Score {
  const all = Object.values(files);
  const mutants = all.reduce((sum, file) => sum + file.mutants, 0);
  const killed = all.reduce((sum, file) => sum + file.killed, 0);
  const explained = all.flatMap((file) => file.survivors).filter(({ reason }) => reason).length;
  const percentKilled = Math.round((1000 * killed) / Math.max(1, mutants - explained)) / 10;
  const sorted = Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { percentKilled, mutants, killed, explained, files: sorted };
}

function brief(code: string): string {
  return code.replaceAll(/\s+/g, " ").slice(0, 120);
}

function isTest(path: string): boolean {
  return path.endsWith(".test.ts");
}

function readJson<T>(path: string, absent: T): T {
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as T) : absent;
}
