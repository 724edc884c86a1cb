import { NotificationType, type Range, RequestType } from "vscode-languageserver-protocol";
import type { RunEvent } from "../schemas/run-event.gen.ts";

/**
 * Everything that the language server says beyond the Language Server Protocol: who runs, what came out, and where
 * in the text it belongs. The editor side imports this file and nothing else of the server.
 */

/** Rises with every incompatible change; the server sends it in `InitializeResult.serverInfo.version` as `protocol/N`. */
export const protocolVersion = 1;

export const languageId = "distill";

/**
 * `initializationOptions` of the client and the `distill` section of its settings: everything is optional.
 * `nodePath`: the Node (22 or later) that runs trainers; `runsDirectory`: where new runs go, relative to the
 * experiment file; `trusted: false`: nothing is ever started.
 */
export interface Settings {
  readonly nodePath?: string;
  readonly runsDirectory?: string;
  readonly trusted?: boolean;
}

// Commands. CodeLenses carry these names; the client registers them (each takes the experiment file's URI first).

export const command = {
  run: "distill.run",
  check: "distill.check",
  compare: "distill.compare",
  /** (uri, run directory) */
  stop: "distill.stop",
  /** (uri, run directory) */
  resume: "distill.resume",
  trainTeacher: "distill.trainTeacher",
  evaluateTeacher: "distill.evaluateTeacher",
  /** (uri, run directory) */
  openCharts: "distill.openCharts",
  /** (kind of engine) */
  installEngine: "distill.installEngine",
} as const;

// Requests.

/** Names what went wrong and, where there is something to do, what to do about it. A value, never a rejected request. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}
export interface Refused {
  readonly problem: Problem;
}

export interface StartRunParams {
  readonly uri: string;
  /** Path in the experiment → value, as `--set` on the command line: `{"losses[0].temperature": 4}`. */
  readonly overrides?: Readonly<Record<string, unknown>>;
  /** `teacher`: trains the teacher that the experiment describes, and nothing else. */
  readonly subject?: "teacher";
}
export interface StartedRun {
  readonly runId: string;
  readonly directory: string;
}
export const StartRun = new RequestType<StartRunParams, StartedRun | Refused, void>("distill/startRun");

/** A program that runs `distill` as it runs trainers, with what has to be added to its environment. */
export interface FoundNode {
  readonly path: string;
  readonly environment: Readonly<Record<string, string>>;
}
/** The Node that trainers run on, for whatever else the client starts. Refused as `distill/startRun` would be. */
export const FindNode = new RequestType<Record<string, never>, FoundNode | Refused, void>("distill/findNode");

export interface RunParams {
  /** Absolute path of the run directory. */
  readonly directory: string;
}
export interface Done {
  readonly problem?: Problem;
}
/**
 * `force` ends the trainer at once; without it the step is finished and a checkpoint written. A sweep stops with the
 * run that is training, and resumes with those that are not completed.
 */
export const StopRun = new RequestType<RunParams & { readonly force?: boolean }, Done, void>(
  "distill/stopRun",
);
/** With an engine or a device, on that one: checkpoints are the same for all of them. */
export interface ResumeRunParams extends RunParams {
  readonly engine?: string;
  readonly device?: string;
  /** Go on although data or teacher are not what the run began with, which failed with the code `changed-data`. */
  readonly acceptChangedData?: boolean;
}
export const ResumeRun = new RequestType<ResumeRunParams, StartedRun | Refused, void>("distill/resumeRun");

/** Where a run could train: `engine` and `device` as an experiment has them. */
export interface TrainingPlace {
  readonly engine: "auto" | "onnxruntime" | "tensorflow";
  readonly device: "auto" | "cpu" | "gpu" | "webgpu";
  /** What the run asks for now. */
  readonly isCurrent: boolean;
  /** Name of the NVIDIA card, where it is one. */
  readonly card?: string;
  /** Why it cannot be had, as far as that is seen without trying it. */
  readonly obstacle?: string;
  /** What has to be installed for it. */
  readonly installable?: EngineKind;
}
export const ListTrainingPlaces = new RequestType<RunParams, TrainingPlace[], void>(
  "distill/listTrainingPlaces",
);
/** Refused while the run is running. Removes the directory for good; to use the trash, the client does it itself. */
export const DeleteRun = new RequestType<RunParams, Done, void>("distill/deleteRun");

/** `unreadable`: it is damaged, or a newer Distillery wrote it; `code` says which, `message` the file and what to do. */
export type RunState = "running" | "interrupted" | "stopped" | "failed" | "completed" | "unreadable";

export interface RunSummary {
  readonly id: string;
  /** Absolute path of the run directory. */
  readonly directory: string;
  /** Absolute path of the experiment file. */
  readonly experiment: string;
  readonly name: string;
  /** `teacher`: the run trains the teacher alone, and all numbers are the teacher's. Absent: the student. */
  readonly subject?: "teacher";
  readonly state: RunState;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly elapsedSeconds: number;
  /** What a running trainer is doing: preflight, teacher, cache, train, evaluate, export. */
  readonly phase?: string;
  /** The same in words: `training the student alone`. */
  readonly doing?: string;
  /** Share of all that a running trainer has to do, every phase counted; of a sweep, of all its runs. Below 1. */
  readonly progress?: number;
  readonly step: number;
  readonly totalSteps?: number;
  readonly epoch?: number;
  /** Until the whole of it is done. */
  readonly etaSeconds?: number;
  /**
   * By `<split>.<metric>`, of others than the student by `<subject>.<split>.<metric>`: `validation.accuracy`,
   * `test.accuracy`, `teacher.validation.accuracy`, `studentAlone.test.nll`, … The latest of each; of others on validation
   * the best. `<split>.gapRecovered` is the share of the gap between the student alone and the teacher that distilling
   * closed, `<split>.gain` the student's accuracy less that of the student alone.
   */
  readonly metrics: Readonly<Record<string, number>>;
  /** Why it failed or stopped. */
  readonly message?: string;
  /** Of a run that failed: what to do about it. */
  readonly hint?: string;
  /** Of a run that failed: what kind of failure, as its event has it. Of one that cannot be read: why. */
  readonly code?: string;
  /** What the trainer has warned of, each once; of a sweep what its runs were, each kind once. */
  readonly warnings?: readonly RunWarning[];
  /**
   * What the student has gained over the student alone, on test, on validation where that was not read; of a sweep over the seeds
   * of its best combination.
   */
  readonly gain?: GainSummary;
  /** Parameters of what the run trains. */
  readonly parameters?: number;
  /** What its settings changed against the run before it of the same experiment, each in words: `temperature 3 → 6`. */
  readonly changes?: readonly string[];
  /** What it learned from by content, in words: `training data` → `1,000 samples · 3f2a9c1b4d5e`. */
  readonly sources?: Readonly<Record<string, string>>;
  /** What of that changed under it, each a sentence: `from step 40: other training data: 900 of 1,000 samples`. */
  readonly changed?: readonly string[];
  /** In what data or teacher differ from those of the run before it of the same experiment, where no setting says so. */
  readonly differs?: { readonly from: string; readonly words: readonly string[] };
  /** Of a sweep: its `step` and `totalSteps` count runs, its metrics are means over the seeds of the best combination. */
  readonly sweep?: SweepSummary;
  /** Of a run of a sweep: which one of which sweep, and what it was given in place of the file's values. */
  readonly member?: {
    /** Directory of the sweep. */
    readonly sweep: string;
    /** Counted from 1. */
    readonly index: number;
    readonly settings: Readonly<Record<string, unknown>>;
    /**
     * Of a sweep that chooses by validation: `held`, the test split is unread; `asked`, the sweep has chosen this run's
     * combination, and its test split is read or will be. Absent: the test split is read at the run's end.
     */
    readonly test?: "held" | "asked";
  };
}

/** As its event has it: `teacher-chance`, and a sentence. */
export interface RunWarning {
  readonly code: string;
  readonly message: string;
}

export interface GainSummary {
  readonly split: "validation" | "test";
  /** As in `+1.20 [+0.40, +2.00] points on test`. */
  readonly brief: string;
  /** A sentence, with how sure it is. */
  readonly text: string;
}

/** How the runs of a sweep stand; those that have not begun have no directory yet. */
export interface SweepSummary {
  readonly total: number;
  readonly completed: number;
  readonly failed: number;
  /** Paths of what varies, `seed` among them where it does. */
  readonly parameters: readonly string[];
  /** Directories of the runs that have begun, in order. */
  readonly members: readonly string[];
  /** The one that is training. */
  readonly current?: string;
  /** Which of them that is, counted from 1; between two runs the next one, as far as all before it are completed. */
  readonly turn: number;
  /** Of the combination that is best on validation, the run that is. Absent where there is no validation. */
  readonly best?: string;
}
export const ListRuns = new RequestType<Record<string, never>, RunSummary[], void>("distill/listRuns");

export interface ReadSeriesParams extends RunParams {
  /** `loss`, `terms.kd.raw`, `terms.kd.weighted`, `learningRate`, `gradNorm`, `validation.accuracy`, … */
  readonly series: readonly string[];
  /** First and last step, both included; absent: all. */
  readonly range?: readonly [fromStep: number, toStep: number];
  /** At most so many points come back per series; where there are fewer steps, each is its own bucket. */
  readonly buckets: number;
}
/** Columns of equal length, one entry a bucket. A value that is not a number (NaN, ±∞) or is missing is null. */
export interface Series {
  readonly step: readonly number[];
  readonly min: readonly (number | null)[];
  readonly max: readonly (number | null)[];
  readonly last: readonly (number | null)[];
  /** Seconds since the run started. */
  readonly time: readonly number[];
  readonly epoch: readonly number[];
}
export interface SeriesResult {
  /** By the names asked for; a name that the run does not have is absent. */
  readonly series: Readonly<Record<string, Series>>;
  /** Every name that the run has. */
  readonly available: readonly string[];
  /** `seq` of the last event that is in here; events after it arrive by `distill/runEvents`. */
  readonly lastSeq: number;
}
export const ReadSeries = new RequestType<ReadSeriesParams, SeriesResult, void>("distill/readSeries");

/** The events behind `afterSeq`, at most 10,000 of them: what a client has missed, or how a run ended. */
export const ReadEvents = new RequestType<RunParams & { readonly afterSeq: number }, RunEvent[], void>(
  "distill/readEvents",
);

/** Settings, data and engine of a run, beyond its summary. */
export interface RunFacts {
  /** The resolved experiment's leaves by path: `losses[0].temperature` → 4. A list of plain values is one: `[64, 32]`. */
  readonly settings: Readonly<Record<string, string | number | boolean | null>>;
  /** What trained it, as rows of a table: name and words. Empty until that is known. */
  readonly engine: readonly (readonly [name: string, words: string])[];
}
/** Refused where a file of the run is damaged, with which and why; `not-a-run` where it is gone. */
export const ReadRunFacts = new RequestType<RunParams, RunFacts | Refused, void>("distill/readRunFacts");

/** What the trainer has printed, of much the end; no text where it has no log. Refused where a link or no file stands there. */
export const ReadTrainerLog = new RequestType<RunParams, { readonly text?: string } | Refused, void>(
  "distill/readTrainerLog",
);

/** Where the runs of a file are drawn in its text. */
export interface Anchor {
  /** `losses` for the whole list, else the name of the term. */
  readonly name: string;
  /** The series drawn here: `loss` or `terms.<name>.raw`. */
  readonly series: string;
  /** The key `losses` (or `temperature`/`alpha`, where that shorthand is used), or the loss's object. */
  readonly range: Range;
}
export const ReadAnchors = new RequestType<{ readonly uri: string }, Anchor[], void>("distill/readAnchors");

/** Complete, runnable experiments to begin with. */
export interface StartingPoint {
  readonly label: string;
  readonly description: string;
  readonly text: string;
}
export const ListStartingPoints = new RequestType<Record<string, never>, StartingPoint[], void>(
  "distill/listStartingPoints",
);

export interface CheckResult {
  readonly errors: number;
  readonly warnings: number;
  /** One line to show: "No problems", "2 errors, 1 warning". */
  readonly summary: string;
}
/** Checks the file with fresh facts about every file it names, and publishes the diagnostics. */
export const CheckExperiment = new RequestType<{ readonly uri: string }, CheckResult, void>("distill/check");

// Engines. What `distill engine … --json` prints: the client starts it itself, since a build takes minutes and nothing
// that the language server does may wait for it.

/** One line of `distill engine install --json`. The last one is `ready` or `error`; a process that ends without it broke. */
export type InstallLine =
  | {
      readonly event: "progress";
      readonly step: "check" | "fetch" | "unpack" | "compile" | "probe";
      readonly what: string;
      /** 0 … 1 of this step, and of the whole installation. */
      readonly done?: number;
      readonly overall?: number;
    }
  | {
      readonly event: "ready";
      readonly kind: EngineKind;
      readonly folder: string;
      readonly tensorflow: string;
      /** A whole one was there already. */
      readonly unchanged: boolean;
      readonly gpu: boolean;
      readonly card?: string;
      readonly whyNoGpu?: string;
      /** What a run trains with that leaves the choice to the engine, and why, in a sentence. */
      readonly choice: string;
    }
  | EngineFailure;

export interface EngineFailure {
  readonly event: "error";
  /** As server/engineError.ts lists them; `cancelled` when a signal asked for it. */
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** The one command on this machine that mends it, where there is one. */
  readonly command?: string;
  /** What a tool said. */
  readonly detail: string;
}

export type EngineKind = "cpu" | "gpu";

/** What `distill engine doctor --json` prints. */
export interface EngineReport {
  readonly findings: readonly EngineFinding[];
  /** The one command, or step, that mends what stands in the way most; absent when nothing does. */
  readonly mend?: string;
  readonly installable: readonly InstallableEngine[];
  /** What a run trains with that leaves the choice to the engine, and why, in a sentence. */
  readonly choice: string;
}
export interface EngineFinding {
  readonly name: string;
  readonly state: "fine" | "missing" | "broken";
  readonly text: string;
  /** What mends this alone. */
  readonly mend?: string;
}
export interface InstallableEngine {
  readonly kind: EngineKind;
  readonly tensorflow: string;
  /** Bytes to fetch, bytes on the disk when it is installed, and bytes that installing takes for a while. */
  readonly download: number;
  readonly installed: number;
  readonly needed: number;
  readonly state: "installed" | "broken" | "missing";
  /** Where it was built; absent where it was not, though a package may bring it. */
  readonly folder?: string;
  /** Why it cannot be installed or would find no card; the first comes first. */
  readonly obstacles: readonly string[];
  /** Names of the files that are fetched, for a machine without a network. */
  readonly files: readonly string[];
}

/** What `distill engine remove --json` prints. */
export type RemoveLine = { readonly event: "removed"; readonly folder: string } | EngineFailure;

// Notifications, server → client.

/** The runs that appeared or changed, and those that are gone. At most ten a second. */
export interface RunsChangedParams {
  readonly runs: readonly RunSummary[];
  readonly removed: readonly string[];
}
export const RunsChanged = new NotificationType<RunsChangedParams>("distill/runsChanged");

/** Events of a living run in order of `seq`, without gaps from the first one sent. At most ten batches a second. */
export interface RunEventsParams extends RunParams {
  readonly events: readonly RunEvent[];
}
export const RunEvents = new NotificationType<RunEventsParams>("distill/runEvents");

// Notifications, client → server.

export const SettingsChanged = new NotificationType<Settings>("distill/settingsChanged");

/** An engine was installed or removed: what experiments say about engines is looked at again. */
export const EnginesChanged = new NotificationType<void>("distill/enginesChanged");
