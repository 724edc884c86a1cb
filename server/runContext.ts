import { arch, availableParallelism, cpus, platform, release, totalmem } from "node:os";
import { dirname, join } from "node:path";
import type { NewEvent } from "../schemas/newEvent.ts";
import type { ResolvedExperiment } from "../schemas/resolvedExperiment.gen.ts";
import type { Subject } from "../schemas/run-event.gen.ts";
import type { Job } from "../schemas/run-files.gen.ts";
import { machineMemory } from "./data/machineMemory.ts";
import type { OpenedEngine } from "./engine/native/openEngine.ts";
import type { LoadProgram } from "./engine/program.ts";
import type { Progress, SubjectStore, TrainContext } from "./engine/train/context.ts";
import { defaultThreads, type SweepStop, teacherThreads } from "./executors/executor.ts";
import type { Training as StudentTraining } from "./experimentStudent.ts";
import { gitCommit } from "./gitCommit.ts";
import { ownVersion } from "./packageRoot.ts";
import type { RunWarning } from "./protocol.ts";
import { writeAnswers } from "./runs/answers.ts";
import { type FoundCheckpoint, findCheckpoint, writeCheckpoint } from "./runs/checkpoints.ts";
import { claim } from "./runs/claim.ts";
import { makeFolder } from "./runs/durable.ts";
import type { EventLog } from "./runs/eventLog.ts";
import { type Manifest, type TrainedWith, writeManifest } from "./runs/manifest.ts";
import { hasLearned, otherEngine, provenanceOf, siblingsData, waysOn } from "./runs/provenance.ts";
import type { RunDirectory } from "./runs/runDirectory.ts";
import { assertStudentWhole, readStudent, writeStudent } from "./runs/student.ts";
import { cacheFolder, trainedTeachers } from "./runs/trainedTeachers.ts";

interface Training {
  readonly job: Job;
  readonly experiment: ResolvedExperiment;
  /** Of an earlier trainer. */
  readonly manifest: Manifest | undefined;
  readonly opened: OpenedEngine;
  readonly log: EventLog;
  readonly stop: SweepStop;
}

/**
 * What the engine trains a run in: its directory, the cache beside it, its log, other runs.
 * @returns also what resolves once the manifest has all that was recorded
 */
export async function runContext(
  run: RunDirectory,
  { job, experiment, manifest, opened, log, stop }: Training,
): Promise<{ readonly context: TrainContext; readonly isRecorded: () => Promise<void> }> {
  const { engine, device, deviceMemory } = opened;
  // How many runs of a sweep train at once, each with its share of threads, is to change nothing.
  const load: LoadProgram =
    job.sweep === undefined
      ? opened.load
      : (program, initial, options) => opened.load(program, initial, { ...options, sameBits: true });
  const trainedWith = { engine, device, versions: { distillery: ownVersion(), node: process.versions.node } };
  const engineReason = [
    opened.reason,
    ...(job.mode === "resume" ? engineChange(manifest, trainedWith) : []),
  ].join(" ");
  const threads = manifest?.threads ?? experiment.threads ?? defaultThreads();
  const teacherEngine = manifest?.teacherEngine;
  const { record, isRecorded } = await manifestOf(run, {
    // The records of the run's start stay until the current files were compared with them.
    ...manifest,
    ...machineFacts(job.baseDirectory),
    ...trainedWith,
    warnings: [], // What is still valid is found again.
    engineReason,
    threads,
    ...(teacherEngine === undefined ? {} : { teacherEngine }),
    seed: experiment.seed,
    ...(job.sweep ? { sweep: job.sweep } : {}),
  });
  const { report, warnOnce } = reporter(log, record);
  const store = stores(run, warnOnce);
  if (job.mode === "resume") for (const warning of processorChange(manifest)) warnOnce(warning);
  const stopRequested = () => stop.requested !== undefined;
  const cache = cacheFolder(dirname(run.path));
  const provenance = provenanceOf({
    before: manifest,
    learned: await hasLearned(run),
    siblings: await siblingsData(run, job),
    accepted: job.acceptChangedData === true,
    trainedWith,
    step: async () => (await store("student").latestCheckpoint())?.progress.step ?? 0,
    ways: waysOn(run, job),
  });
  const context: TrainContext = {
    runId: job.runId,
    baseDirectory: job.baseDirectory,
    cacheDirectory: cache,
    // Looked for again once no other run trains it.
    trainedTeachers: trainedTeachers(cache, (why) =>
      warnOnce({ code: "cache-damaged", message: `${why} The teacher is trained again.` }),
    ),
    load,
    engine,
    teacherEngine,
    device,
    deviceMemory,
    engineReason,
    machineMemory: device === "cpu" ? machineMemory() : undefined,
    threads,
    teacherThreads:
      experiment.threads === undefined && engine.startsWith("onnxruntime") ? teacherThreads() : undefined,
    isBesideOthers: job.sweep !== undefined,
    resumed: job.mode === "resume",
    isTestWithheld: job.test === "held",
    rung: job.rung,
    report,
    store,
    studentOf: studentFinder({
      runsDirectory: dirname(run.path),
      baseDirectory: job.baseDirectory,
      load,
      threads,
      report,
      stop,
      stopRequested,
    }),
    keepAnswers: (answers) => writeAnswers(run.path, answers),
    stopRequested,
    exclusively: exclusiveWork(cache, { run, job, report, stopRequested }),
    record,
    learnsFrom: async (part) => {
      const found = await provenance(part);
      if ("code" in found) return found;
      await record({ ...found });
      return undefined;
    },
  };
  return { context, isRecorded };
}

/** The student of another experiment, found or trained. */
function studentFinder(own: StudentTraining): TrainContext["studentOf"] {
  return async (path, { teaches } = { teaches: true }) => {
    const { trainedStudent } = await import("./experimentStudent.ts");
    return trainedStudent(path, {
      ...own,
      report: (event) => {
        if (teaches || event.type !== "teacher") own.report(event);
      },
    });
  };
}

/** Work of which one run at a time does a part, for all runs that share the cache. */
function exclusiveWork(
  cache: string,
  {
    run,
    job,
    report,
    stopRequested,
  }: Pick<TrainContext, "report" | "stopRequested"> & { readonly run: RunDirectory; readonly job: Job },
): TrainContext["exclusively"] {
  return async (key, what, work) => {
    makeFolder(cache);
    const claimed = await claim(join(cache, `${key}.claim`), {
      stopRequested,
      run: run.id,
      onWait(other) {
        const who = other === undefined ? "another run" : runWords(other, job.sweep?.id);
        const reading = `${who.charAt(0).toUpperCase()}${who.slice(1)} ${what}: this run waits for it.`;
        report({ type: "teacher", reading, waiting: `${who}, which ${what}` });
      },
    });
    if (claimed === undefined) return undefined;
    try {
      return await work();
    } finally {
      claimed.release();
    }
  };
}

/** `run 3` of the same sweep, else by its id. */
function runWords(id: string, sweep: string | undefined): string {
  const index =
    sweep !== undefined && id.startsWith(`${sweep}-`) ? Number(id.slice(sweep.length + 1)) : Number.NaN;
  return `run ${Number.isInteger(index) ? index : id}`;
}

/** Writes the manifest, and again with each fact that is added. */
async function manifestOf(run: RunDirectory, begun: Readonly<Record<string, unknown>>) {
  const facts = { ...begun };
  let recorded = writeManifest(run, facts);
  await recorded;
  const record: TrainContext["record"] = (more) => {
    Object.assign(facts, more);
    recorded = recorded.then(() => writeManifest(run, facts));
    return recorded;
  };
  return { record, isRecorded: () => recorded };
}

/** Appends events to the log; records warnings, each once, and the memory at the student's first step. */
function reporter(log: EventLog, record: TrainContext["record"]) {
  const warnings: RunWarning[] = [];
  const hasWarned = (message: string) => warnings.some((warning) => warning.message === message);
  const recordLater = (facts: Parameters<typeof record>[0]) => {
    record(facts).catch(() => {}); // The next write, or the end, reports it.
  };
  let isMeasured = false;
  const report = (event: NewEvent): void => {
    log.append(event);
    if (isFirstStep(event) && !isMeasured) {
      isMeasured = true;
      recordLater({ memory: process.resourceUsage().maxRSS * 1024 });
    }
    if (event.type !== "warning" || hasWarned(event.message)) return;
    warnings.push({ code: event.code, message: event.message });
    recordLater({ warnings });
  };
  const warnOnce = ({ code, message }: RunWarning): void => {
    if (!hasWarned(message)) report({ type: "warning", code, message });
  };
  return { report, warnOnce };
}

/** All that the student's training needs is in memory by then. */
const isFirstStep = (event: NewEvent): boolean => event.type === "step" && !("subject" in event);

/** A checkpoint can be resumed anywhere, but only the same engine on the same device rounds in the same way. */
function engineChange(before: Manifest | undefined, now: TrainedWith): string[] {
  const other = before && otherEngine(before.history?.at(-1) ?? before, now);
  return other === undefined
    ? []
    : [`The run was on ${other.before} until now: from here on its numbers differ in the last digits.`];
}

/** Engines choose their kernels by the processor. */
function processorChange(before: Manifest | undefined): RunWarning[] {
  const was = before?.machine?.cpu;
  const is = cpus()[0]?.model;
  return was === undefined || is === undefined || was === is
    ? []
    : [
        {
          code: "other-processor",
          message: `The run was on ${was} until now, and goes on on ${is}: from here on its numbers may differ in the last digits.`,
        },
      ];
}

/**
 * The student's files stand in the run directory itself, those of other networks in a folder of their name.
 * @param warnOnce of what is not whole
 */
function stores(
  run: RunDirectory,
  warnOnce: (warning: RunWarning) => void,
): (subject: Subject) => SubjectStore {
  return (subject) => subjectStore(run, subject, warnOnce);
}

function subjectStore(
  run: RunDirectory,
  subject: Subject,
  warn: (warning: RunWarning) => void,
): SubjectStore {
  const folder = subject === "student" ? "" : subject;
  const root = join(run.path, folder);
  /** Not the run's own folder: a run that was deleted meanwhile must not reappear without its events. */
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
      // It is needed at the end, so it is refused now.
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
