import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Gain } from "../../schemas/run-event.gen.ts";
import type { Job } from "../../schemas/run-files.gen.ts";
import { differences, sourceWords } from "../data/provenance.ts";
import { nextJobWords, placeIn } from "../executors/place.ts";
import type { GainSummary, RunState, RunSummary, RunWarning } from "../protocol.ts";
import { briefDifference, differenceText } from "../statistics/differenceText.ts";
import type { LockHolder } from "./holder.ts";
import { interruption, resumption } from "./interruption.ts";
import { bears, isSame, type Stamp } from "./knownFiles.ts";
import { indexedRun, isSameRun, type Known, knownLog, newReading, type SummaryCache } from "./knownLogs.ts";
import { damageWords } from "./logCheck.ts";
import { type LogFacts, noFacts } from "./logFacts.ts";
import type { Manifest } from "./manifest.ts";
import { readNotes } from "./notes.ts";
import { assertNoLinkAt } from "./ownFile.ts";
import { isOfData, marks } from "./provenance.ts";
import {
  assertOwnMembers,
  checkedExperiment,
  type RunDirectory,
  readExperiment,
  readKnownJob,
  runDirectory,
  timeInId,
} from "./runDirectory.ts";
import { fileError, RunError } from "./runError.ts";
import { type KnownFiles, readIndex, writeIndex } from "./runIndex.ts";
import { doingWords, secondsLeft } from "./runProgress.ts";
import { type Setting, settingChanges, settingsOf } from "./settingChanges.ts";
import { trainerOf } from "./spawn.ts";
import { memberDirectory } from "./sweep.ts";
import { type RunIdentity, sweepSummary } from "./sweepSummary.ts";
import { readRemains } from "./verifyRun.ts";

/**
 * Every run in a folder of runs, newest first; none when the folder does not exist. Facts that took long to read are kept in
 * the folder's index.
 */
export async function listRuns(
  runsDirectory: string,
  cache: SummaryCache = new Map(),
  reading = newReading(),
): Promise<RunSummary[]> {
  const names = await readdir(runsDirectory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw fileError(error, "read", runsDirectory);
  });
  const paths = names
    .filter((name) => !name.startsWith("."))
    .sort()
    .reverse()
    .map((name) => join(runsDirectory, name));
  if (paths.some((path) => !cache.has(path))) reading.index ??= await readIndex(runsDirectory);
  const read = await inLanes(paths, (path) => summarizeRun(path, cache, reading));
  const summaries = read.filter((summary) => summary !== undefined);
  await keepIndex(runsDirectory, summaries, { cache, reading });
  return summaries.map((run, at) => besideOthers(run, summaries.slice(at + 1), cache));
}

/** Concurrent reads: enough to hide the file system's latency, few enough for the limit of open files. */
const lanes = 16;

export async function inLanes<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async () => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at] as T);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}

/** A folder whose logs are read faster than this needs no index. */
const worthIndexing = 1 << 20;

async function keepIndex(
  runsDirectory: string,
  summaries: readonly RunSummary[],
  { cache, reading }: Known,
): Promise<void> {
  const { index: before = new Map(), bytes, now } = reading;
  if (bytes < worthIndexing && before.size === 0) return;
  const entries = summaries.flatMap(({ id, directory, state }) => {
    const known = state === "running" ? undefined : cache.get(directory);
    const run = known && indexedRun(known, now);
    return run === undefined ? [] : [[id, run] as const];
  });
  const isKept = entries.every(([id, run]) => {
    const kept = before.get(id);
    return kept && isSameRun(kept, run);
  });
  if (!isKept || entries.length !== before.size) await writeIndex(runsDirectory, new Map(entries));
}

/**
 * A run with its differences in settings and in what it learned from to the previous run of the same experiment; for a sweep's runs, in
 * what it learned from to its first.
 * @param others newest first
 */
export function besideOthers(
  run: RunSummary,
  others: readonly RunSummary[],
  cache: SummaryCache,
): RunSummary {
  const { changes: _, ...besideData } = besideDataOf(run, others, cache);
  const reported = reportedSettings.get(cache)?.runs;
  const own = reported?.get(run.directory)?.settings;
  if (own === undefined) return besideData;
  const before = others.find(
    ({ id, experiment, subject, directory }) =>
      id < run.id && experiment === run.experiment && subject === run.subject && reported?.has(directory),
  );
  const changes = settingChanges(reported?.get(before?.directory ?? run.directory)?.settings ?? own, own);
  return changes.length === 0 ? besideData : { ...besideData, changes };
}

/**
 * Settings of single runs, by directory, with the stamp of their file; equal settings share objects.
 */
interface ReportedSettings {
  readonly runs: Map<string, { readonly stamp: Stamp; readonly settings: readonly Setting[] }>;
  readonly shared: Map<string, Setting>;
}

const reportedSettings = new WeakMap<SummaryCache, ReportedSettings>();

/** From now on lists with this cache include changes of settings from run to run, which takes reading each experiment. */
export function notifyChanges(cache: SummaryCache): void {
  reportedSettings.set(cache, { runs: new Map(), shared: new Map() });
}

async function takeSettings(run: RunDirectory, stamp: Stamp, cache: SummaryCache): Promise<void> {
  const reported = reportedSettings.get(cache);
  const before = reported?.runs.get(run.path);
  if (reported === undefined || (before && isSame(before.stamp, stamp))) return;
  const settings = settingsOf(await readExperiment(run), reported.shared);
  reported.runs.set(run.path, { stamp, settings });
}

function besideDataOf(
  { differs: _, ...run }: RunSummary,
  others: readonly RunSummary[],
  cache: SummaryCache,
): RunSummary {
  if (run.sweep !== undefined || Object.keys(run.member?.settings ?? {}).some(isOfData)) return run;
  const learned = ({ directory }: RunSummary) => cache.get(directory)?.manifest ?? {};
  let before: RunSummary | undefined;
  for (const other of others) {
    if (other.id >= run.id || other.experiment !== run.experiment || other.subject !== run.subject) continue;
    if (learned(other).data === undefined) continue;
    before ??= other;
    if (run.member === undefined) break;
    if (other.member?.sweep === run.member.sweep) before = other; // the first of them comes last
  }
  const words = before === undefined ? [] : differences(learned(before), learned(run));
  return before === undefined || words.length === 0 ? run : { ...run, differs: { from: before.id, words } };
}

/** undefined when the folder is not a run, or not one yet. A run that cannot be read is a row with the reason. */
export async function summarizeRun(
  path: string,
  cache: SummaryCache = new Map(),
  reading = newReading(),
): Promise<RunSummary | undefined> {
  const directory = runDirectory(path);
  try {
    const summary = await readSummary(directory, { cache, reading });
    // The lock is read last: of a folder that was moved meanwhile it is missing, as of a trainer that was killed.
    return summary.state === "interrupted" && !existsSync(directory.path) ? undefined : summary;
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    cache.delete(directory.path);
    // Where the folder was moved or deleted meanwhile, files of it are missing.
    const isGone = error.code === "not-a-run" || !existsSync(directory.path);
    return isGone ? undefined : unreadableRun(directory, error);
  }
}

/** Throws a RunError if it is not a run or cannot be read. */
async function readSummary(directory: RunDirectory, known: Known): Promise<RunSummary> {
  await assertNoLinkAt(directory.path);
  const { cache, reading } = known;
  const before = cache.get(directory.path)?.files ?? reading.index?.get(directory.id)?.files;
  const jobFile = await readKnownJob(directory, before?.job);
  const experiment = await checkedExperiment(directory, before?.experiment);
  const job = jobFile.value;
  if (job.members === undefined && job.sweep === undefined) await takeSettings(directory, experiment, cache);
  // Read before the members: the last of them ends before the sweep does.
  const standing = await standingOf(directory, { job: jobFile, experiment }, known);
  // A trainer that hands over writes its last event, then the job, and ends.
  const isOfQueue = job.queued !== undefined || job.executor !== undefined;
  if (isOfQueue && standing.state !== "running" && !(await bears(directory.job, jobFile.stamp)))
    return readSummary(directory, known);
  const annotated = (summary: RunSummary) => withNotes(summary, directory);
  if (job.members === undefined) return annotated(summaryOf(directory, job, standing));
  await assertOwnMembers(directory, job);
  const begun: RunSummary[] = [];
  for (const member of job.members) {
    const summary = await summarizeRun(memberDirectory(directory, member).path, cache, reading);
    if (summary !== undefined) begun.push(summary);
  }
  const { facts, state: own, damage, holder } = standing;
  const identity = identityOf(directory, job, facts);
  const summary = sweepSummary({ identity, job, facts, own, damage }, begun);
  const isIdle = own === "running" && holder === undefined && summary.sweep?.current === undefined;
  const doing = isIdle ? nextJobWords(directory.id, job, summary.sweep?.queued) : undefined;
  return annotated({ ...summary, ...(doing === undefined ? {} : { doing }) });
}

/** Damaged notes are a warning: they say nothing about the run itself. */
async function withNotes(summary: RunSummary, directory: RunDirectory): Promise<RunSummary> {
  try {
    return { ...summary, ...(await readNotes(directory)) };
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    const { warnings = [] } = summary;
    return { ...summary, warnings: [...warnings, { code: "notes-damaged", message: error.message }] };
  }
}

interface Standing {
  readonly facts: LogFacts;
  readonly state: RunState;
  /** Where it runs. */
  readonly holder?: LockHolder;
  readonly manifest: Manifest | undefined;
  readonly damage: readonly RunWarning[];
}

/** Facts of the log, and the run's state by them. */
async function standingOf(
  directory: RunDirectory,
  files: Pick<KnownFiles, "job" | "experiment">,
  known: Known,
): Promise<Standing> {
  const standing = async () => {
    const log = await knownLog(directory, files, known);
    const facts = log?.facts ?? noFacts();
    const words = log && damageWords(log.check);
    const damage = words === undefined ? [] : [{ code: "log-damaged", message: words }];
    // Read after the log: a trainer writes its last event while it still holds the lock.
    return {
      facts,
      ...stateOf(facts, files.job.value, () => trainerOf(directory.path)),
      manifest: log?.manifest,
      damage,
    };
  };
  const first = await standing();
  // In between, the trainer may have written that event and ended: now the log has it.
  return first.state === "interrupted" ? await standing() : first;
}

const identityOf = (directory: RunDirectory, job: Job, { startedAt }: LogFacts): RunIdentity => ({
  id: directory.id,
  directory: directory.path,
  experiment: job.experimentFile,
  name: job.name,
  startedAt: new Date(startedAt ?? job.askedAt).toISOString(),
});

/** A run that is damaged or of a newer version, with the facts about it that can still be read. */
async function unreadableRun(
  { id, path, job }: RunDirectory,
  { code, message, hint }: RunError,
): Promise<RunSummary> {
  const { experimentFile = path, name = id, askedAt = timeInId(id) } = await readRemains(job);
  return {
    id,
    directory: path,
    experiment: experimentFile,
    name,
    startedAt: new Date(askedAt).toISOString(),
    state: "unreadable",
    elapsedSeconds: 0,
    step: 0,
    metrics: {},
    code,
    message: `${message} ${hint}`,
  };
}

function summaryOf(
  directory: RunDirectory,
  job: Job,
  { facts, state: own, holder, manifest, damage }: Standing,
): RunSummary {
  const { state, queued, place } = placeIn(job, own, holder);
  const running = state === "running";
  const until = running && !queued ? Date.now() : (facts.lastTime ?? job.askedAt);
  const elapsed = facts.result?.seconds ?? job.secondsBefore + Math.max(0, until - job.askedAt) / 1000;
  const sources = manifest && sourceWords(manifest);
  const changed = manifest && marks(manifest);
  const warnings = [...(manifest?.warnings ?? []), ...damage];
  return {
    ...identityOf(directory, job, facts),
    state,
    elapsedSeconds: elapsed,
    step: facts.step,
    metrics: { ...facts.metrics },
    ...defined({
      subject: job.subject,
      place,
      queued,
      phase: running && !queued ? (facts.phase ?? "preflight") : undefined,
      totalSteps: facts.totalSteps,
      epoch: facts.epoch,
      progress: running ? facts.work.fraction : undefined,
      stages: manifest?.stages,
      doing: queued ? place : running ? doingWords({ ...facts, stages: manifest?.stages }) : undefined,
      etaSeconds: running && !queued ? secondsLeft(facts.work) : undefined,
      message: state === "interrupted" ? interruption(directory.path, facts, job) : facts.end?.message,
      code: state === "failed" ? facts.end?.code : undefined,
      hint:
        state === "interrupted"
          ? resumption(directory.path)
          : state === "failed"
            ? facts.end?.hint
            : undefined,
      gain: facts.result?.gain && gainSummary(facts.result.gain),
      warnings: warnings.length > 0 ? warnings : undefined,
      parameters: facts.parameters,
      latencyMs: facts.result?.latencyMs ?? undefined,
      flops: facts.result?.costs?.["student"]?.flops,
      sources: sources && Object.keys(sources).length > 0 ? sources : undefined,
      changed: changed && changed.length > 0 ? changed : undefined,
      member: job.sweep && {
        sweep: join(dirname(directory.path), job.sweep.id),
        index: job.sweep.index,
        settings: job.sweep.settings,
        ...testOf(job, state, facts),
        ...rungOf(state, facts),
      },
    }),
  };
}

/** A run reopened for its test split that ended before it wrote an event still has its former log. */
const testOf = (
  { test }: Job,
  state: RunState,
  { result }: LogFacts,
): { readonly test?: "held" | "asked" } => {
  const isUnread = state === "completed" && result?.test === undefined;
  return test === undefined ? {} : { test: isUnread ? "held" : test };
};

const rungOf = (state: RunState, { end }: LogFacts): { readonly rung?: number; readonly halved?: true } =>
  state !== "stopped" || end?.rung === undefined
    ? {}
    : { rung: end.rung, ...(end.halved ? { halved: end.halved } : {}) };

const gainSummary = (gain: Gain): GainSummary => ({
  split: gain.split,
  brief: briefDifference(gain, gain.split),
  text: differenceText(gain, gain.split),
});

/** A log that has ended belongs to a living trainer only if that one began after the end: the run is being resumed. */
function stateOf(
  { end, lastTime }: LogFacts,
  { lastEventAt, queued }: Job,
  trainer: () => LockHolder | undefined,
): Pick<Standing, "state" | "holder"> {
  if (end?.state === "completed") return { state: end.state };
  const holder = trainer();
  if (holder !== undefined && (end === undefined || holder.since > end.time))
    return { state: "running", holder };
  if (queued !== undefined && lastEventAt === lastTime) return { state: "running" };
  // The end is that of the trainer before the one that resumed the run.
  if (lastEventAt !== undefined && lastEventAt === lastTime) return { state: "interrupted" };
  return { state: end?.state ?? "interrupted" };
}

/** Drops undefined values: JSON has none, and an absent key means unknown. */
function defined<T extends Record<string, unknown>>(
  values: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
