import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RunResult } from "../../schemas/run-event.gen.ts";
import type { RunFiles } from "../../schemas/run-files.gen.ts";
import { isRecord } from "../isRecord.ts";
import { ownVersion } from "../packageRoot.ts";
import type { KnownFile, Stamp } from "./knownFiles.ts";
import type { LogCheck } from "./logCheck.ts";
import { type LogFacts, noFacts } from "./logFacts.ts";
import { readOwnFile } from "./ownFile.ts";
import { noWork } from "./runProgress.ts";
import { isRunFile } from "./verifyRun.ts";

/**
 * `.index.json` in a folder of runs: facts read from the files of runs that are over, so that a list need not read them again.
 * It may be deleted at any time and is never required. Facts of a file hold only while the file has the same stamp, and the
 * index is ignored unless it is complete, of this version and of the expected shape.
 */
const indexName = ".index.json";

/** The small files of a run that is over, as read. */
export interface KnownFiles {
  readonly job: KnownFile<"job">;
  /** Stamp of a valid experiment.json; nothing in it is listed. */
  readonly experiment: Stamp;
  readonly manifest: KnownFile<"manifest"> | undefined;
}

export interface IndexedRun {
  /** Of the log. */
  readonly stamp: Stamp;
  /** The byte after the part that the facts cover. */
  readonly end: number;
  readonly facts: LogFacts;
  readonly check: LogCheck;
  readonly files: KnownFiles;
}

/** By the id of the run. */
export type RunIndex = ReadonlyMap<string, IndexedRun>;

/** Rises with every change of the format or meaning of facts, files or a check. */
const indexFormat = 3;
/** A hundred thousand runs; a larger file was not written here. */
const mostBytes = 256 << 20;

/** Empty where there is no valid one. */
export async function readIndex(runsDirectory: string): Promise<RunIndex> {
  try {
    const bytes = await readOwnFile(join(runsDirectory, indexName), mostBytes);
    return bytes === undefined ? new Map() : parsed(bytes.toString());
  } catch {
    return new Map(); // not readable
  }
}

/**
 * Replaces the index atomically; the last of several writers wins. A read-only folder has no index.
 */
export async function writeIndex(runsDirectory: string, index: RunIndex): Promise<void> {
  const content = { index: indexFormat, version: ownVersion(), runs: Object.fromEntries(index) };
  const beside = join(runsDirectory, `${indexName}.${process.pid}.${process.hrtime.bigint()}.tmp`);
  try {
    await writeFile(beside, JSON.stringify(content), { flag: "wx" });
    await rename(beside, join(runsDirectory, indexName));
  } catch {
    await rm(beside).catch(() => {});
  }
}

function parsed(text: string): RunIndex {
  const { index, version, runs } = JSON.parse(text) as Unknown;
  if (index !== indexFormat || version !== ownVersion() || !isRecord(runs)) return new Map();
  const entries = Object.entries(runs).flatMap(([id, entry]) => {
    const run = runOf(entry);
    return run === undefined ? [] : [[id, run] as const];
  });
  return new Map(entries);
}

type Unknown = { readonly [key: string]: unknown };

const isNumber = (value: unknown): value is number => typeof value === "number";
const isString = (value: unknown): value is string => typeof value === "string";
const isBoolean = (value: unknown): value is boolean => typeof value === "boolean";
const isOptional =
  (is: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    value === undefined || is(value);
const isNullable =
  (is: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    value === null || is(value);
const isOneOf =
  (...values: readonly string[]) =>
  (value: unknown): boolean =>
    values.some((one) => one === value);
const isRecordOf =
  (is: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    isRecord(value) && Object.values(value).every(is);

/** Has every key of the shape, each with a value of the right type. */
const fits =
  <T>(shape: { readonly [K in keyof T]-?: (value: unknown) => boolean }) =>
  (value: unknown): value is T =>
    isRecord(value) &&
    Object.entries<(value: unknown) => boolean>(shape).every(([key, is]) => is(value[key]));

const isStamp = fits<Stamp>({ size: isNumber, modified: isNumber, changed: isNumber, inode: isNumber });

const isCheck = fits<LogCheck>({
  end: isNumber,
  isDone: isBoolean,
  lines: isNumber,
  isTorn: isBoolean,
  seq: isNumber,
  damaged: isNumber,
  firstDamaged: isNumber,
  missing: isNumber,
  firstMissing: isNumber,
  doubled: isNumber,
  firstDoubled: isNumber,
  unsettled: isNumber,
});

/** The part of a result that lists show. */
type ListedResult = Pick<RunResult, "seconds" | "gain">;

const isResult = fits<ListedResult>({
  seconds: isNullable(isNumber),
  gain: isOptional(
    fits<NonNullable<RunResult["gain"]>>({
      split: isOneOf("test", "validation"),
      samples: isNumber,
      difference: isNumber,
      interval: (value) => Array.isArray(value) && value.length === 2 && value.every(isNumber),
      metric: isOptional(isString),
      mcnemar: isOptional(
        fits<NonNullable<NonNullable<RunResult["gain"]>["mcnemar"]>>({
          b: isNumber,
          c: isNumber,
          p: isNumber,
        }),
      ),
    }),
  ),
});

type ListedFacts = Omit<LogFacts, "work">;

const isFacts = fits<ListedFacts>({
  startedAt: isOptional(isNumber),
  lastTime: isOptional(isNumber),
  phase: isOptional(isString),
  step: isNumber,
  epoch: isOptional(isNumber),
  totalSteps: isOptional(isNumber),
  parameters: isOptional(isNumber),
  metrics: isRecordOf(isNumber),
  subject: isOptional(isOneOf("student", "studentAlone", "teacher")),
  memoryWarning: isOptional(isString),
  end: isOptional(
    fits<NonNullable<LogFacts["end"]>>({
      state: isOneOf("stopped", "failed", "completed"),
      time: isNumber,
      message: isOptional(isString),
      code: isOptional(isString),
      hint: isOptional(isString),
      rung: isOptional(isNumber),
      halved: isOptional((value): value is true => value === true),
    }),
  ),
  result: isOptional(isResult),
});

const isKnown = <K extends keyof RunFiles>(kind: K): ((value: unknown) => value is KnownFile<K>) =>
  fits<KnownFile<K>>({ stamp: isStamp, value: (value) => isRunFile(kind, value) });

const isFiles = fits<KnownFiles>({
  job: isKnown("job"),
  experiment: isStamp,
  manifest: isOptional(isKnown("manifest")),
});

function runOf(entry: unknown): IndexedRun | undefined {
  if (!isRecord(entry)) return undefined;
  const { stamp, end, facts, check, files } = entry;
  if (!isStamp(stamp) || !isNumber(end) || !isCheck(check) || !isFacts(facts) || !isFiles(files))
    return undefined;
  // A trainer's progress is meaningless once it is gone; one that resumes reports its whole plan.
  return { stamp, end, facts: { ...noFacts(), ...facts, work: noWork() }, check, files };
}
