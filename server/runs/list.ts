import { readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { RunState, RunSummary } from "../protocol.ts";
import { interruption } from "./interruption.ts";
import { type LockHolder, lockHolder } from "./lock.ts";
import { addFacts, type FactsRead, factsFromEnds } from "./logEnds.ts";
import { type LogFacts, noFacts } from "./logFacts.ts";
import { type Job, type RunDirectory, readJob, runDirectory } from "./runDirectory.ts";
import { fileError } from "./runError.ts";
import { phaseWords, secondsLeft } from "./runProgress.ts";
import { spawnedTrainer } from "./spawn.ts";
import { memberDirectory } from "./sweep.ts";
import { type RunIdentity, sweepSummary } from "./sweepSummary.ts";

/** What was read of each run before, by directory; whoever lists again and again keeps one. */
export type SummaryCache = Map<string, CachedLog>;

interface CachedLog extends FactsRead {
  readonly size: number;
  readonly modified: number;
}

/** Every run in a folder of runs, newest first; none when the folder is not there. */
export async function listRuns(
  runsDirectory: string,
  cache: SummaryCache = new Map(),
): Promise<RunSummary[]> {
  const names = await readdir(runsDirectory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw fileError(error, "read", runsDirectory);
  });
  const summaries: RunSummary[] = [];
  // One after the other: five hundred open files at once gain nothing and may be more than are allowed.
  for (const name of names
    .filter((name) => !name.startsWith("."))
    .sort()
    .reverse()) {
    const summary = await summarizeRun(join(runsDirectory, name), cache);
    if (summary !== undefined) summaries.push(summary);
  }
  return summaries;
}

/** undefined when the folder is not a run, or not one yet. */
export async function summarizeRun(
  path: string,
  cache: SummaryCache = new Map(),
): Promise<RunSummary | undefined> {
  const directory = runDirectory(path);
  const job = await readJob(directory).catch(() => undefined);
  if (job === undefined) {
    cache.delete(directory.path);
    return undefined;
  }
  // Asked before the members are: the last of them ends before the sweep does.
  const { facts, state: own } = await standingOf(directory, cache);
  if (job.members === undefined) return summaryOf(directory, job, facts, own);
  const begun: RunSummary[] = [];
  for (const member of job.members) {
    const summary = await summarizeRun(memberDirectory(directory, member).path, cache);
    if (summary !== undefined) begun.push(summary);
  }
  return sweepSummary({ identity: identityOf(directory, job, facts), job, facts, own }, begun);
}

/** What the log says, and how the run stands by it. */
async function standingOf(
  directory: RunDirectory,
  cache: SummaryCache,
): Promise<{ readonly facts: LogFacts; readonly state: RunState }> {
  const standing = async () => {
    const facts = await readFacts(directory, cache);
    // Asked after the log was read: a trainer writes its last event while it still holds the lock.
    return { facts, state: stateOf(facts, holderOf(directory)) };
  };
  const first = await standing();
  // Between the two the trainer may have written that event and gone: now the log has it.
  return first.state === "interrupted" ? await standing() : first;
}

const holderOf = ({ path }: RunDirectory): LockHolder | undefined => lockHolder(path) ?? spawnedTrainer(path);

async function readFacts(directory: RunDirectory, cache: SummaryCache): Promise<LogFacts> {
  const entry = await stat(directory.events).catch(() => undefined);
  if (entry === undefined) return noFacts();
  const { size, mtimeMs: modified } = entry;
  const before = cache.get(directory.path);
  if (before?.size === size && before.modified === modified) return before.facts;
  const grown = before !== undefined && size > before.size && size - before.end <= 1 << 20;
  const read = await (grown
    ? addFacts(directory.events, before, size)
    : factsFromEnds(directory.events, size));
  cache.set(directory.path, { ...read, size, modified });
  return read.facts;
}

const identityOf = (directory: RunDirectory, job: Job, { startedAt }: LogFacts): RunIdentity => ({
  id: directory.id,
  directory: directory.path,
  experiment: job.experimentFile,
  name: job.name,
  startedAt: new Date(startedAt ?? job.askedAt).toISOString(),
});

function summaryOf(directory: RunDirectory, job: Job, facts: LogFacts, state: RunState): RunSummary {
  const running = state === "running";
  const until = running ? Date.now() : (facts.lastTime ?? job.askedAt);
  const elapsed = facts.result?.seconds ?? job.secondsBefore + Math.max(0, until - job.askedAt) / 1000;
  return {
    ...identityOf(directory, job, facts),
    state,
    elapsedSeconds: elapsed,
    step: facts.step,
    metrics: { ...facts.metrics },
    ...defined({
      subject: job.subject,
      phase: running ? (facts.phase ?? "preflight") : undefined,
      totalSteps: facts.totalSteps,
      epoch: facts.epoch,
      progress: running ? facts.work.fraction : undefined,
      doing: running ? phaseWords(facts.phase ?? "preflight", facts.subject) : undefined,
      etaSeconds: running ? secondsLeft(facts.work) : undefined,
      message: state === "interrupted" ? interruption(directory.path, facts) : facts.end?.message,
      code: state === "failed" ? facts.end?.code : undefined,
      parameters: facts.parameters,
      member: job.sweep && {
        sweep: join(dirname(directory.path), job.sweep.id),
        index: job.sweep.index,
        settings: job.sweep.settings,
        ...(job.test === undefined ? {} : { test: job.test }),
      },
    }),
  };
}

/** A log that has ended belongs to a living trainer only when that one began after the end: the run is being resumed. */
function stateOf({ end }: LogFacts, holder: LockHolder | undefined): RunState {
  if (holder !== undefined && (end === undefined || (end.state !== "completed" && holder.since > end.time)))
    return "running";
  return end?.state ?? "interrupted";
}

/** Leaves out what is not known: an absent key says so, and `undefined` does not survive JSON. */
function defined<T extends Record<string, unknown>>(
  values: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
