import { arch, availableParallelism, cpus, platform, release, totalmem } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { NewEvent } from "../schemas/newEvent.ts";
import type { ResolvedExperiment } from "../schemas/resolvedExperiment.gen.ts";
import type { RunResult, Subject } from "../schemas/run-event.gen.ts";
import type { Job } from "../schemas/run-files.gen.ts";
import { machineMemory } from "./data/machineMemory.ts";
import { setReadingPolicy } from "./data/reading.ts";
import type { Ending, Progress, SubjectStore, TrainContext } from "./engine/train/context.ts";

import { gitCommit } from "./gitCommit.ts";
import { namedModules } from "./modules/namedModules.ts";
import { ownVersion } from "./packageRoot.ts";
import type { RunWarning } from "./protocol.ts";
import { writeAnswers } from "./runs/answers.ts";
import { type FoundCheckpoint, findCheckpoint, writeCheckpoint } from "./runs/checkpoints.ts";
import { claim } from "./runs/claim.ts";
import { makeFolder } from "./runs/durable.ts";
import { type EventLog, openEventLog } from "./runs/eventLog.ts";
import { removeLeftovers } from "./runs/leftovers.ts";
import { acquireLock } from "./runs/lock.ts";
import { type Manifest, readManifest, type TrainedWith, writeManifest } from "./runs/manifest.ts";
import { hasLearned, otherEngine, provenanceOf, siblingsData, waysOn } from "./runs/provenance.ts";
import { openRun, type RunDirectory, readJob } from "./runs/runDirectory.ts";
import { explained, RunError } from "./runs/runError.ts";
import { trainedExperiment } from "./runs/runExperiment.ts";
import { forgetSpawnedTrainer } from "./runs/spawn.ts";
import { assertStudentWhole, readStudent, writeStudent } from "./runs/student.ts";
import { cacheFolder, trainedTeachers } from "./runs/trainedTeachers.ts";
import { type SweepStop, threadsVariable, trainMembers } from "./runs/trainMembers.ts";

/**
 * The process that trains one run, or the runs of a sweep: `trainer RUN_DIRECTORY`. It holds the run's lock, appends to its event log and is
 * asked to stop by a signal; nothing else connects it to the process that started it.
 */
async function main(path: string): Promise<number> {
  const stop = stopSignal();
  const run = await openRun(path);
  const lock = acquireLock(run.path, { lost: endAtOnce });
  forgetSpawnedTrainer(run.path);
  try {
    await removeLeftovers(run.path);
    const job = await readJob(run);
    const log = await logFor(run, job);
    try {
      setReadingPolicy({ folders: [job.baseDirectory, run.path], isTrusted: true });
      return await (job.members ? trainMembers(run, job, { log, stop }) : trainRun(run, job, { log, stop }));
    } catch (error) {
      return reportCrash(error, log);
    } finally {
      log.close();
    }
  } finally {
    lock.release();
  }
}

/** The run's log; where the environment names a folder for TensorBoard, that gets the events, too. No file of a run names one. */
async function logFor(run: RunDirectory, { members }: Job): Promise<EventLog> {
  const log = openEventLog(run.events);
  const folder = process.env["DISTILL_TENSORBOARD"];
  if (!folder || members) return log;
  const { boardedLog } = await import("./tracking/boardedLog.ts");
  return boardedLog(log, { run, folder: resolve(folder) });
}

/** What this process would still write is another's by now, or would bring back what was deleted. */
function endAtOnce({ message, hint }: RunError): never {
  console.error(`${message} ${hint}`);
  process.exit(1);
}

/** The engine is loaded here, not above: a stop that is asked for while it loads must be heard. */
async function trainRun(
  run: RunDirectory,
  job: Job,
  { log, stop }: { readonly log: EventLog; readonly stop: SweepStop },
): Promise<number> {
  const started = performance.now();
  const [{ openEngine }, { distil }, { teach }] = await Promise.all([
    import("./engine/native/openEngine.ts"),
    import("./engine/train/distil.ts"),
    import("./engine/train/teach.ts"),
  ]);
  const experiment = await trainedExperiment(run);
  const manifest = await readManifest(run);
  const { precision } = experiment.training;
  const opened = await openEngine(job.subject === "teacher" ? experiment : { ...experiment, precision });
  if ("problem" in opened)
    return reportEnding({ ending: "failed", ...opened.problem }, log, { stop, seconds: 0 });
  const { load, engine, device, deviceMemory } = opened;
  const versions = { distillery: ownVersion(), node: process.versions.node };
  const trainedWith = { engine, device, versions };
  const reason = [opened.reason, ...(job.mode === "resume" ? moved(manifest, trainedWith) : [])].join(" ");
  const threads =
    manifest?.threads ?? experiment.threads ?? sharedThreads() ?? Math.min(availableParallelism(), 8);
  const teacherEngine = manifest?.teacherEngine;
  const facts: Record<string, unknown> = {
    // What it began with stays until what is there now has been held against it.
    ...manifest,
    ...machineFacts(job.baseDirectory),
    ...trainedWith,
    warnings: [], // What still holds is found again.
    engineReason: reason,
    threads,
    ...(teacherEngine === undefined ? {} : { teacherEngine }),
    seed: experiment.seed,
    ...(job.sweep ? { sweep: job.sweep } : {}),
  };
  await writeManifest(run, facts);
  let recorded = Promise.resolve();
  const record = (more: Readonly<Record<string, unknown>>) => {
    Object.assign(facts, more);
    recorded = recorded.then(() => writeManifest(run, facts));
    return recorded;
  };
  let isMeasured = false;
  const recordMemory = () => {
    if (!isMeasured) record({ memory: process.resourceUsage().maxRSS * 1024 }).catch(() => {}); // as above
    isMeasured = true;
  };
  const warnings: RunWarning[] = [];
  const report = (event: NewEvent) => {
    log.append(event);
    if (isFirstStep(event)) recordMemory();
    if (event.type !== "warning" || warnings.some(({ message }) => message === event.message)) return;
    warnings.push({ code: event.code, message: event.message });
    record({ warnings }).catch(() => {}); // Whoever records next, or the end, is told of it.
  };
  const store = stores(run, report);
  const provenance = provenanceOf({
    before: manifest,
    learned: await hasLearned(run),
    siblings: await siblingsData(run, job),
    accepted: job.acceptChangedData === true,
    trainedWith,
    step: async () => (await store("student").latestCheckpoint())?.progress.step ?? 0,
    ways: waysOn(run, job),
  });

  const stopRequested = () => stop.requested !== undefined;
  const cache = cacheFolder(dirname(run.path));
  const context: TrainContext = {
    runId: job.runId,
    baseDirectory: job.baseDirectory,
    cacheDirectory: cache,
    trainedTeachers: trainedTeachers(cache, (why) => {
      const message = `${why} The teacher is trained again.`;
      // It is looked for again once no other run trains it.
      if (warnings.some((warning) => warning.message === message)) return;
      report({ type: "warning", code: "cache-damaged", message });
    }),
    load,
    engine,
    teacherEngine,
    device,
    deviceMemory,
    engineReason: reason,
    machineMemory: device === "cpu" ? machineMemory() : undefined,
    threads,
    isBesideOthers: job.sweep !== undefined,
    resumed: job.mode === "resume",
    isTestWithheld: job.test === "held",
    report,
    store,
    studentOf: async (path, { teaches } = { teaches: true }) => {
      const { trainedStudent } = await import("./experimentStudent.ts");
      const { baseDirectory } = job;
      const runsDirectory = dirname(run.path);
      return trainedStudent(path, {
        runsDirectory,
        baseDirectory,
        load,
        threads,
        report: (event) => {
          if (teaches || event.type !== "teacher") report(event);
        },
        stop,
        stopRequested,
      });
    },
    keepAnswers: (answers) => writeAnswers(run.path, answers),
    stopRequested,
    alone: async (key, what, work) => {
      const onWait = () =>
        report({ type: "teacher", reading: `Another run ${what}: this run waits for it.` });
      makeFolder(cache);
      const claimed = await claim(join(cache, `${key}.claim`), { stopRequested, onWait });
      if (claimed === undefined) return undefined;
      try {
        return await work();
      } finally {
        claimed.release();
      }
    },
    record,
    learnsFrom: async (part) => {
      const found = await provenance(part);
      if ("code" in found) return found;
      await record({ ...found });
      return undefined;
    },
  };
  const ended =
    (await withModules(experiment, { run, job, context })) ??
    (await (job.subject === "teacher" ? teach : distil)(experiment, context));
  await recorded;
  return reportEnding(ended, log, {
    stop,
    seconds: job.secondsBefore + (performance.now() - started) / 1000,
  });
}

/** A run of several that train at once has its share. */
function sharedThreads(): number | undefined {
  const given = Number(process.env[threadsVariable]);
  return Number.isInteger(given) && given > 0 ? given : undefined;
}

/** All that the student's training needs is in memory by then. */
const isFirstStep = (event: NewEvent): boolean => event.type === "step" && !("subject" in event);

/** Loads the modules of a person's own that the experiment names, and keeps them with the run; why that cannot be. */
async function withModules(
  experiment: ResolvedExperiment,
  { run, job, context }: { readonly run: RunDirectory; readonly job: Job; readonly context: TrainContext },
): Promise<Ending<never> | undefined> {
  const named = job.subject === "teacher" ? { teacher: experiment.teacher } : experiment;
  if (namedModules(named).length === 0) return undefined;
  const [{ openModules, hashesOf }, { keepModules }] = await Promise.all([
    import("./modules/openModules.ts"),
    import("./runs/keptModules.ts"),
  ]);
  const opened = await openModules(named, job.baseDirectory);
  if ("problem" in opened) return { ending: "failed", ...opened.problem };
  const { modules } = opened;
  const changed = await context.learnsFrom({ modules: hashesOf(modules) });
  if (changed !== undefined) return { ending: "failed", ...changed };
  await keepModules(run.path, Object.values(modules));
  return undefined;
}

/** A checkpoint goes on anywhere, but only the same engine on the same device rounds in the same way. */
function moved(before: Manifest | undefined, now: TrainedWith): string[] {
  const other = before && otherEngine(before.history?.at(-1) ?? before, now);
  return other === undefined
    ? []
    : [`The run was on ${other.before} until now: from here on its numbers differ in the last digits.`];
}

function reportEnding(
  ended: Ending<RunResult>,
  log: EventLog,
  { stop, seconds }: { stop: SweepStop; seconds: number },
): number {
  switch (ended.ending) {
    case "completed":
      log.append({
        type: "completed",
        summary: { ...ended.result, seconds: Math.round(seconds * 1000) / 1000 },
      });
      return 0;
    case "stopped":
      log.append({ type: "stopped", reason: stop.requested ?? "stop", step: ended.step });
      return 0;
    case "failed": {
      const { ending: _, ...failure } = ended;
      log.append({ type: "failed", ...failure });
      return 1;
    }
  }
}

/** An exception is a bug or the file system's refusal: the log says so if it still can, the trainer's own log in any case. */
function reportCrash(error: unknown, log: EventLog): number {
  console.error(error);
  const { message } = error as Error;
  const known = explained(error);
  const failure = known
    ? { code: known.code, message: known.message, hint: known.hint }
    : message.startsWith("Array buffer allocation failed")
      ? {
          code: "out-of-memory",
          message: "The machine's memory is too small for the data, or for a batch of it.",
          hint: "Lower data.batchSize, or `take` fewer samples.",
        }
      : { code: "internal", message, hint: "This is a defect of Distillery: trainer.log has the details." };
  try {
    log.append({ type: "failed", ...failure });
  } catch {
    // The disk that refused the checkpoint refuses this line too.
  }
  return 1;
}

/** The first signal asks for a stop after the step; the second ends at once. */
function stopSignal(): SweepStop {
  const stop: SweepStop = {};
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      const force = stop.requested !== undefined;
      stop.requested ??= signal;
      stop.pass?.({ force });
      if (force) process.exit(130);
    });
  }
  return stop;
}

/**
 * The student's files stand in the run directory itself, those of other networks in a folder of their name.
 * @param tell of what is not whole, once
 */
function stores(run: RunDirectory, tell: TrainContext["report"]): (subject: Subject) => SubjectStore {
  const reported = new Set<string>();
  return (subject) =>
    subjectStore(run, subject, (warning) => {
      if (reported.has(warning.message)) return;
      reported.add(warning.message);
      tell({ type: "warning", ...warning });
    });
}

function subjectStore(
  run: RunDirectory,
  subject: Subject,
  warn: (warning: { readonly code: string; readonly message: string }) => void,
): SubjectStore {
  const folder = subject === "student" ? "" : subject;
  const root = join(run.path, folder);
  /** Not the run's own folder: a run that was deleted meanwhile must not come back without its events. */
  const made = () => {
    if (folder !== "") makeFolder(root);
  };
  return {
    async latestCheckpoint() {
      const found = await findCheckpoint(root);
      const { latest } = found;
      if (found.damaged.length > 0) warn(fallBack(found));
      if (latest === undefined) return undefined;
      const progress: Progress = latest.meta;
      // It is needed at the end: better refused now than then.
      if (progress.best !== undefined) await assertStudentWhole(root, "best");
      return { tensors: latest.tensors, progress };
    },
    async writeCheckpoint({ tensors, progress, keep }) {
      made();
      const path = await writeCheckpoint(root, progress.step, { tensors, meta: progress }, { keep });
      return folder === "" ? path : `${folder}/${path}`;
    },
    readWeights: (kind) => readStudent(root, kind),
    async writeWeights(kind, tensors, beside) {
      made();
      await writeStudent(root, kind, { tensors, ...beside });
    },
  };
}

/** Where a checkpoint is not whole, the run goes back to one before it. */
const fallBack = ({ latest, damaged: [newest] }: FoundCheckpoint) => ({
  code: "checkpoint-damaged",
  message: `The checkpoint of step ${newest?.step} is damaged, so the run continues from ${latest ? `that of step ${latest.step}` : "the beginning"}. ${newest?.why}`,
});

function machineFacts(baseDirectory: string): Record<string, unknown> {
  return {
    gitCommit: gitCommit(baseDirectory),
    machine: {
      platform: `${platform()} ${release()}`,
      arch: arch(),
      cpu: cpus()[0]?.model,
      cores: availableParallelism(),
      memoryGiB: Math.round(totalmem() / 2 ** 30),
    },
  };
}

process.exitCode = await main(process.argv[2] ?? "").catch((error: unknown) => {
  console.error(error instanceof RunError ? `${error.message} ${error.hint}` : error);
  return 1;
});
