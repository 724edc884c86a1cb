import { once } from "node:events";
import { resolve } from "node:path";
import type { ResolvedExperiment } from "../schemas/resolvedExperiment.gen.ts";
import type { RunResult } from "../schemas/run-event.gen.ts";
import type { Job } from "../schemas/run-files.gen.ts";
import { setReadingPolicy } from "./data/reading.ts";
import type { Ending, TrainContext } from "./engine/train/context.ts";
import { findLeft, goesOnLater, isDone, runOfTask, takeUp } from "./executors/attempts.ts";
import { HandedOver, type SweepStop } from "./executors/executor.ts";
import { limitSignal, requeue, slurmTask, taskArgument } from "./executors/slurmTask.ts";
import { namedModules } from "./modules/namedModules.ts";
import { type TimingRequest, timingArgument } from "./netTiming.ts";
import { runContext } from "./runContext.ts";
import { type EventLog, openEventLog } from "./runs/eventLog.ts";
import type { Attempt } from "./runs/holder.ts";
import { removeLeftovers } from "./runs/leftovers.ts";
import { acquireLock } from "./runs/lock.ts";
import { readManifest } from "./runs/manifest.ts";
import { openRun, type RunDirectory, readJob } from "./runs/runDirectory.ts";
import { explained, RunError } from "./runs/runError.ts";
import { trainedExperiment } from "./runs/runExperiment.ts";
import { forgetSpawnedTrainer } from "./runs/spawn.ts";
import { type Trackers, trackersInEnvironment, trackersOf } from "./runs/trackers.ts";
import { trainMembers } from "./runs/trainMembers.ts";

/**
 * The process that trains one run, or the runs of a sweep: `trainer RUN_DIRECTORY`. It holds the run's lock, appends
 * to its event log and is asked to stop by a signal; nothing else connects it to the process that started it.
 */
async function main(path: string): Promise<number> {
  const stop = stopSignal();
  return work(await openRun(path), { stop, ready: readJob });
}

/** A job of a cluster's queue: `trainer RUN_DIRECTORY --queued`, and in a job array a run of that sweep. */
async function queuedMain(path: string): Promise<number> {
  const stop = stopSignal();
  const limit = limitSignalled(stop);
  const task = slurmTask();
  const run = await runOfTask(path, task);
  const found = await findLeft(run);
  if (await isDone(run, found)) return 0;
  let isLeft = false;
  const code = await work(run, {
    stop,
    attempt: task.attempt,
    ready: () => takeUp(run, found),
    async ended(log) {
      isLeft = limit.isReached() && (await goesOnLater(run, log));
    },
  });
  if (isLeft) await requeue(task);
  return code;
}

interface Work {
  readonly stop: SweepStop;
  readonly attempt?: Attempt;
  /** Gives the run's job, once the run is locked. */
  readonly ready: (run: RunDirectory) => Promise<Job>;
  /** Called before the lock is released. */
  readonly ended?: (log: EventLog) => Promise<void>;
}

async function work(run: RunDirectory, { stop, attempt, ready, ended }: Work): Promise<number> {
  const lock = acquireLock(run.path, { lost: endAtOnce, attempt });
  forgetSpawnedTrainer(run.path);
  let tracking: Awaited<ReturnType<typeof trackingOf>>;
  try {
    await removeLeftovers(run.path);
    const job = await ready(run);
    const trackers = await trackersOf(run, process.env);
    Object.assign(process.env, trackersInEnvironment(trackers)); // for the runs of a sweep
    const log = await logFor(run, job, trackers);
    try {
      tracking = await trackingOf(run, job, { log, trackers });
      setReadingPolicy({ folders: [job.baseDirectory, run.path], isTrusted: true });
      const code = await (job.members
        ? trainMembers(run, job, { log, stop })
        : trainRun(run, job, { log, stop }));
      await ended?.(log);
      return code;
    } catch (error) {
      return error instanceof HandedOver ? 0 : reportCrash(error, log);
    } finally {
      log.close();
    }
  } finally {
    lock.release();
    await tracking?.finish();
  }
}

const timeLimit = "time limit";

/** Asks for a stop when the time limit is announced. */
function limitSignalled(stop: SweepStop): { readonly isReached: () => boolean } {
  process.on(limitSignal, () => {
    stop.requested ??= timeLimit;
  });
  return { isReached: () => stop.requested === timeLimit };
}

/** The run's log; where a folder for TensorBoard is named, that gets the events, too. */
async function logFor(
  run: RunDirectory,
  { members }: Job,
  { tensorboard: folder }: Trackers,
): Promise<EventLog> {
  const log = openEventLog(run.events);
  if (folder === undefined || members) return log;
  const { boardedLog } = await import("./tracking/boardedLog.ts");
  return boardedLog(log, { run, folder: resolve(folder) });
}

/** Where a place of MLflow's is named, that is told of the run, or of the sweep, as it trains. */
async function trackingOf(
  run: RunDirectory,
  { baseDirectory }: Job,
  { log, trackers: { mlflow: to } }: { readonly log: EventLog; readonly trackers: Trackers },
) {
  if (to === undefined) return undefined;
  const { trackLive } = await import("./tracking/mlflow/liveRun.ts");
  return trackLive(run, { to, base: baseDirectory, log });
}

/** Another process owns the run by now, or it was deleted: nothing may be written any more. */
function endAtOnce({ message, hint }: RunError): never {
  console.error(`${message} ${hint}`);
  process.exit(1);
}

/** The engine is loaded here, not above, so that a stop while it loads is handled. */
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
  const { context, isRecorded } = await runContext(run, { job, experiment, manifest, opened, log, stop });
  const ended =
    (await withModules(experiment, { run, job, context })) ??
    (await (job.subject === "teacher" ? teach : distil)(experiment, context));
  await isRecorded();
  return reportEnding(ended, log, {
    stop,
    rung: job.rung,
    seconds: job.secondsBefore + (performance.now() - started) / 1000,
  });
}

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

function reportEnding(
  ended: Ending<RunResult>,
  log: EventLog,
  { stop, rung, seconds }: { stop: SweepStop; rung?: number | undefined; seconds: number },
): number {
  switch (ended.ending) {
    case "completed":
      log.append({
        type: "completed",
        summary: { ...ended.result, seconds: Math.round(seconds * 1000) / 1000 },
      });
      return 0;
    case "stopped":
      log.append({
        type: "stopped",
        ...(ended.isAtRung && rung !== undefined
          ? { reason: `waits for the other runs after epoch ${rung}`, rung }
          : { reason: stop.requested ?? "stop" }),
        step: ended.step,
      });
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

/** The first signal asks for a stop after the step; the second ends at once. That the time limit was announced before is no first one. */
function stopSignal(): SweepStop {
  const stop: SweepStop = {};
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      const force = stop.requested !== undefined && stop.requested !== timeLimit;
      if (!force) stop.requested = signal;
      stop.pass?.({ force });
      if (force) process.exit(130);
    });
  }
  return stop;
}

/** `trainer --time`: times the students that the process of a sweep asks it to, and ends with that process. */
async function timingMain(): Promise<number> {
  process.once("disconnect", () => process.exit());
  try {
    const [[request], { timeNets }, { describedExperiment, studentOfRun }] = await Promise.all([
      once(process, "message") as Promise<[TimingRequest]>,
      import("./engine/train/timeNets.ts"),
      import("./experimentStudent.ts"),
    ]);
    setReadingPolicy({ folders: [request.baseDirectory], isTrusted: true });
    const others = { studentOf: studentOfRun, experimentAt: describedExperiment };
    const answer = await timeNets(request, others);
    await new Promise((sent) => process.send?.(answer, sent));
  } catch (error) {
    console.error(error);
    process.exit(1); // The channel would keep this process.
  }
  process.disconnect();
  return 0;
}

const [path = "", argument] = process.argv.slice(2);
const chosen = path === timingArgument ? timingMain : argument === taskArgument ? queuedMain : main;
process.exitCode = await chosen(path).catch((error: unknown) => {
  console.error(error instanceof RunError ? `${error.message} ${error.hint}` : error);
  return 1;
});
