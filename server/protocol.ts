import { NotificationType, type Range, RequestType } from "vscode-languageserver-protocol";
import type { RunEvent } from "../schemas/run-event.gen.ts";
import type { Ground } from "./chart/colours.ts";

/**
 * All messages beyond the Language Server Protocol: runs, their results, and their places in the text. The editor side imports
 * only this file of the server.
 */

/** Rises with every incompatible change; the server sends it in `InitializeResult.serverInfo.version` as `protocol/N`. */
export const protocolVersion = 1;

export const languageId = "distill";

/**
 * `initializationOptions` of the client and the `distill` section of its settings: everything is optional.
 * `nodePath`: the Node (20 or later) that runs trainers; `runsDirectory`: where new runs go, relative to the
 * experiment file; `trusted: false`: nothing is ever started.
 */
export interface Settings {
  readonly nodePath?: string;
  readonly runsDirectory?: string;
  /** A relative path starts at the experiment's folder. */
  readonly tensorboardDirectory?: string;
  /** A server's address, or a folder as above. */
  readonly mlflow?: string;
  /** Runs of a sweep that train at once, where the file does not say how many. */
  readonly jobs?: number;
  /** Where the runs of a sweep train: "local", as when it is absent, or "slurm". */
  readonly executor?: string;
  readonly trusted?: boolean;
  /** What samples in the cache may take on disk, per folder of runs. */
  readonly imageCacheGigabytes?: number;
  /** What pictures in hovers are drawn on: the editor's theme. */
  readonly ground?: Ground;
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
  /** ({@link ChosenPath}) */
  chooseFile: "distill.chooseFile",
  createSampleData: "distill.createSampleData",
  showTeacherGuide: "distill.showTeacherGuide",
} as const;

// Requests.

/** An error message with an optional hint. A value, never a rejected request. */
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
  /** `teacher`: trains only the teacher that the experiment describes. */
  readonly subject?: "teacher";
}
export interface StartedRun {
  readonly runId: string;
  readonly directory: string;
}
export const StartRun = new RequestType<StartRunParams, StartedRun | Refused, void>("distill/startRun");

/** A program that runs `distill` as it runs trainers, with its additional environment. */
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
 * `force` kills the trainer; without it the step is finished and a checkpoint written. A sweep stops with its current run, and
 * resumes with the incomplete ones.
 */
export const StopRun = new RequestType<RunParams & { readonly force?: boolean }, Done, void>(
  "distill/stopRun",
);
/** With an engine or a device, on that one: checkpoints are the same for all of them. */
export interface ResumeRunParams extends RunParams {
  readonly engine?: string;
  readonly device?: string;
  /** Resume although data, teacher or starting weights have changed, which failed with the code `changed-data`. */
  readonly acceptChangedData?: boolean;
}
export const ResumeRun = new RequestType<ResumeRunParams, StartedRun | Refused, void>("distill/resumeRun");

/** Engine and device that a run could use, as in an experiment. */
export interface TrainingPlace {
  readonly engine: "auto" | "onnxruntime" | "tensorflow";
  readonly device: "auto" | "cpu" | "gpu" | "webgpu";
  /** The run's current setting. */
  readonly isCurrent: boolean;
  /** Name of the NVIDIA card, where it is one. */
  readonly card?: string;
  /** Why it is not available, as far as that shows without trying. */
  readonly obstacle?: string;
  /** The engine to install for it. */
  readonly installable?: EngineKind;
}
export const ListTrainingPlaces = new RequestType<RunParams, TrainingPlace[], void>(
  "distill/listTrainingPlaces",
);
/** Refused while the run is running. Removes the directory for good; to use the trash, the client does it itself. */
export const DeleteRun = new RequestType<RunParams, Done, void>("distill/deleteRun");

export interface AnnotateRunParams extends RunParams {
  readonly note?: string;
  readonly tags?: readonly string[];
}
/** Replaces what is given; an empty note, or no tags, removes them. A run may be training meanwhile. */
export const AnnotateRun = new RequestType<AnnotateRunParams, Done, void>("distill/annotateRun");

/** `unreadable`: damaged, or of a newer Distillery; see `code`, and `message` for the file and what to do. */
export type RunState = "running" | "interrupted" | "stopped" | "failed" | "completed" | "unreadable";

export interface RunSummary {
  readonly id: string;
  /** Absolute path of the run directory. */
  readonly directory: string;
  /** Absolute path of the experiment file. */
  readonly experiment: string;
  readonly name: string;
  /** `teacher`: the run trains only the teacher, and all metrics are the teacher's. Absent: the student. */
  readonly subject?: "teacher";
  readonly state: RunState;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly elapsedSeconds: number;
  /** What a running trainer is doing: preflight, teacher, cache, train, evaluate, export. */
  readonly phase?: string;
  /** The same in words: `training the student alone`. */
  readonly doing?: string;
  /** Of a run on a cluster: `pending: Resources` in its queue, `on n1, requeued 2x` on a node. */
  readonly place?: string;
  /** It is `running` although no trainer works on it: it waits in a cluster's queue. */
  readonly queued?: true;
  /** Progress of a running trainer over all phases; of a sweep, over all its runs. Below 1. */
  readonly progress?: number;
  readonly step: number;
  readonly totalSteps?: number;
  readonly epoch?: number;
  /** Until the whole of it is done. */
  readonly etaSeconds?: number;
  /** Of the student's training, in order; absent where the experiment has none. */
  readonly stages?: readonly RunStage[];
  /**
   * By `<split>.<metric>`, of others than the student by `<subject>.<split>.<metric>`: `validation.accuracy`,
   * `test.accuracy`, `teacher.validation.accuracy`, `studentAlone.test.nll`, … The latest of each; of others on validation
   * the best. `<split>.gapRecovered` is the share of the gap between baseline and teacher that distillation closed,
   * `<split>.gain` the student's accuracy minus the baseline's; of another task `<split>.gain.<metric>`.
   */
  readonly metrics: Readonly<Record<string, number>>;
  /** Why it failed or stopped. */
  readonly message?: string;
  /** Of a run that failed or was interrupted: what to do about it. */
  readonly hint?: string;
  /** Of a run that failed: what kind of failure, as its event has it. Of one that cannot be read: why. */
  readonly code?: string;
  /** Warnings of the trainer, each once; of a sweep those of its runs, each kind once. */
  readonly warnings?: readonly RunWarning[];
  /**
   * Gain of the student over the baseline, on test, or on validation where test was not read; of a sweep over the seeds of its
   * best combination.
   */
  readonly gain?: GainSummary;
  /** Parameters of what the run trains. */
  readonly parameters?: number;
  /** Of a prediction of the student for one sample: the median, measured where it was trained. */
  readonly latencyMs?: number;
  /** Of such a prediction; absent of a student that is not made of known layers. */
  readonly flops?: number;
  /** What a person wrote about it. */
  readonly note?: string;
  readonly tags?: readonly string[];
  /** Changed settings since the previous run of the same experiment, as text: `temperature 3 → 6`. */
  readonly changes?: readonly string[];
  /** Its data, teacher and starting weights by content, as text: `training data` → `1,000 samples · 3f2a9c1b4d5e`. */
  readonly sources?: Readonly<Record<string, string>>;
  /** Changes of these during the run, each a sentence: `from step 40: other training data: 900 of 1,000 samples`. */
  readonly changed?: readonly string[];
  /** Differences in data, teacher or starting weights from the previous run of the same experiment that no setting shows. */
  readonly differs?: { readonly from: string; readonly words: readonly string[] };
  /** Of a sweep: its `step` and `totalSteps` count runs, its metrics are means over the seeds of the best combination. */
  readonly sweep?: SweepSummary;
  /** Of a run of a sweep: the sweep, its index, and its values. */
  readonly member?: {
    /** Directory of the sweep. */
    readonly sweep: string;
    /** Counted from 1. */
    readonly index: number;
    readonly settings: Readonly<Record<string, unknown>>;
    /**
     * Of a sweep that selects by validation: `held`, the test split is not evaluated; `asked`, the sweep has selected this
     * run's combination, and its test split is or will be evaluated. Absent: the test split is evaluated at the run's end.
     */
    readonly test?: "held" | "asked";
    /** Of a sweep that halves: the epochs at which it has stopped to wait for the others. */
    readonly rung?: number;
    /** It was not among the best there, so the sweep does not go on with it. */
    readonly halved?: true;
  };
}

/** A stage of a run. */
export interface RunStage {
  readonly name: string;
  /** Steps done before it; absent where it has not begun. */
  readonly step?: number;
}

/** As in its event: `teacher-chance`, and a sentence. */
export interface RunWarning {
  readonly code: string;
  readonly message: string;
}

export interface GainSummary {
  readonly split: "validation" | "test";
  /** As in `+1.20 [+0.40, +2.00] points on test`. */
  readonly brief: string;
  /** A sentence, with its significance. */
  readonly text: string;
}

/** States of a sweep's runs; those that have not begun have no directory yet. */
export interface SweepSummary {
  readonly total: number;
  /** Those that it does not go on with at a rung among them. */
  readonly completed: number;
  readonly failed: number;
  /** Paths of what varies, `seed` among them where it does. */
  readonly parameters: readonly string[];
  /** Directories of the runs that have begun, in order. */
  readonly members: readonly string[];
  /** The first one that is training. */
  readonly current?: string;
  /** The index of the last one that is training, counted from 1; between two runs the next one, if all before it are completed. */
  readonly turn: number;
  /** How many are training, where it is more than one. */
  readonly running?: number;
  /** How many wait in a cluster's queue, if any. */
  readonly queued?: number;
  /** The best run of the best combination, on validation. Absent where there is no validation. */
  readonly best?: string;
  /** Of a completed one: which student is the smallest that is good enough, in a sentence. */
  readonly answer?: string;
}
export const ListRuns = new RequestType<Record<string, never>, RunSummary[], void>("distill/listRuns");

export interface ReadSeriesParams extends RunParams {
  /** `loss`, `terms.kd.raw`, `terms.kd.weighted`, `learningRate`, `gradNorm`, `validation.accuracy`, … */
  readonly series: readonly string[];
  /** First and last step, both included; absent: all. */
  readonly range?: readonly [fromStep: number, toStep: number];
  /** Most points per series; with fewer steps, each is its own bucket. */
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
  /** By the requested names; a name that the run does not have is absent. */
  readonly series: Readonly<Record<string, Series>>;
  /** Every name that the run has. */
  readonly available: readonly string[];
  /** `seq` of the last event that is in here; events after it arrive by `distill/runEvents`. */
  readonly lastSeq: number;
}
export const ReadSeries = new RequestType<ReadSeriesParams, SeriesResult, void>("distill/readSeries");

/** The events after `afterSeq`, at most 10,000: those that a client missed, or the end of a run. */
export const ReadEvents = new RequestType<RunParams & { readonly afterSeq: number }, RunEvent[], void>(
  "distill/readEvents",
);

/** Settings, data and engine of a run, beyond its summary. */
export interface RunFacts {
  /** The resolved experiment's leaves by path: `losses[0].temperature` → 4. A list of plain values is one: `[64, 32]`. */
  readonly settings: Readonly<Record<string, string | number | boolean | null>>;
  /** Its engine, as rows of a table: name and text. Empty until that is known. */
  readonly engine: readonly (readonly [name: string, words: string])[];
}
/** Refused where a file of the run is damaged, with which and why; `not-a-run` where it is gone. */
export const ReadRunFacts = new RequestType<RunParams, RunFacts | Refused, void>("distill/readRunFacts");

/** Plain values, or lists of them as text: `[64, 32]`. */
type SettingValue = string | number | boolean | null;

/** The settings of many runs by path, each once. */
export interface SettingsTable {
  /** Those that at least two runs have differently. */
  readonly differ: readonly {
    readonly path: string;
    readonly values: readonly SettingValue[];
    /** Of each run, in the order of the question: the index of its value; −1 where it has none. */
    readonly of: readonly number[];
  }[];
  readonly same: Readonly<Record<string, SettingValue>>;
}
export const ReadSettings = new RequestType<{ readonly directories: readonly string[] }, SettingsTable, void>(
  "distill/readSettings",
);

/** What a run was made of, as the text of an experiment's file. */
export interface ExperimentOfRun {
  /** The file that the run was started from, in whose folder its paths are right. */
  readonly file: string;
  /** For a file of its own: that of the file, with the run's number in its sweep. */
  readonly name: string;
  readonly text: string;
  /** Whether the text is the run's own copy, with every default filled in. */
  readonly isCopy: boolean;
}
/** Refused as {@link ReadRunFacts} is. */
export const ReadRunExperiment = new RequestType<RunParams, ExperimentOfRun | Refused, void>(
  "distill/readRunExperiment",
);

/** The verdict on a completed run, in the words of its report. */
export interface ResultCard {
  readonly name: string;
  /** What its networks reach and cost: a table. */
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What that means, in sentences. */
  readonly lines: readonly string[];
}
/** Refused as {@link ReadRunFacts} is. */
export const ReadResultCard = new RequestType<RunParams, ResultCard | Refused, void>(
  "distill/readResultCard",
);

/** The trainer's output, of a long one the end; no text where it has no log. Refused where the path is a link or not a file. */
export const ReadTrainerLog = new RequestType<RunParams, { readonly text?: string } | Refused, void>(
  "distill/readTrainerLog",
);

/** Where the runs of a file are drawn in its text. */
export interface Anchor {
  /** `losses` for the whole list, else the name of the term. */
  readonly name: string;
  /** The series drawn here: `loss` or `terms.<name>.raw`. */
  readonly series: string;
  /** Index of the stage whose part of the series it is; absent: all of it. */
  readonly stage?: number;
  /** The key `losses` (or `temperature`/`alpha`, where that shorthand is used), or the loss's object. */
  readonly range: Range;
}
export const ReadAnchors = new RequestType<{ readonly uri: string }, Anchor[], void>("distill/readAnchors");

/** A complete experiment to start from. */
export interface StartingPoint {
  readonly label: string;
  readonly description: string;
  readonly text: string;
  /** Of one on files that are there: a name for its own. Absent: its files have to be put in their place first. */
  readonly name?: string;
  /** It names a tokenizer that is not there and can be made of the texts, as `distill/createSampleData` does. */
  readonly isIncomplete?: boolean;
  /** A file that it names and that comes with it. */
  readonly beside?: { readonly name: string; readonly text: string };
  /** On a choice that was made for it, and how to make another: a sentence without its stop. */
  readonly note?: string;
}
export interface ListStartingPointsParams {
  /** Paths of the folder of the new experiment, and of the one around it in which files are looked for. */
  readonly around?: { readonly folder: string; readonly root: string };
}
export interface StartingPoints {
  /** Those on the files that are there come first. */
  readonly points: readonly StartingPoint[];
  /** What lies there and is in none of them: a path relative to the root, and why, as a part of a sentence. */
  readonly leftOut: readonly { readonly path: string; readonly why: string }[];
}
export const ListStartingPoints = new RequestType<ListStartingPointsParams, StartingPoints, void>(
  "distill/listStartingPoints",
);

export interface CreateExampleParams {
  /** Path of the folder that the example's own folder is made in. */
  readonly parent: string;
}
/** The file of an experiment that runs as it is, beside its data; one that is there already is kept. */
export const CreateExample = new RequestType<CreateExampleParams, { readonly file: string } | Refused, void>(
  "distill/createExample",
);

/** A path in the text of the active experiment, in its quotes. */
export interface ChosenPath {
  readonly offset: number;
  readonly length: number;
  readonly isFolder: boolean;
}

/** Makes sample data for the files that an experiment names and that are not there; gives their paths as it has them. */
export const CreateSampleData = new RequestType<
  { readonly uri: string },
  { readonly created: readonly string[] } | Refused,
  void
>("distill/createSampleData");

/** The text of an experiment, laid out by what it says alone, so that another one differs from it only in what that says. */
export const LayOut = new RequestType<{ readonly text: string }, { readonly text: string }, void>(
  "distill/layOut",
);

export interface CheckResult {
  readonly errors: number;
  readonly warnings: number;
  /** One line to show: "No problems", "2 errors, 1 warning". */
  readonly summary: string;
}
/** Checks the file with fresh facts about every file it names, and publishes the diagnostics. */
export const CheckExperiment = new RequestType<{ readonly uri: string }, CheckResult, void>("distill/check");

// Engines. Output of `distill engine … --json`: the client starts it itself, since a build takes minutes and must not block the
// language server.

export interface InstallProgress {
  readonly step: "check" | "fetch" | "unpack" | "compile" | "probe";
  readonly what: string;
  /** 0 … 1 of this step, where it is known. */
  readonly done?: number;
  /** 0 … 1 of the whole installation, estimated; absent until the work is known. */
  readonly overall?: number;
}

/** One line of `distill engine install --json`. The last one is `ready` or `error`; a process that ends without it broke. */
export type InstallLine =
  | ({ readonly event: "progress" } & InstallProgress)
  | {
      readonly event: "ready";
      readonly kind: EngineKind;
      readonly folder: string;
      readonly tensorflow: string;
      /** It was already installed. */
      readonly unchanged: boolean;
      readonly gpu: boolean;
      readonly card?: string;
      readonly whyNoGpu?: string;
      /** The engine that `"auto"` chooses, with the reason, in a sentence. */
      readonly choice: string;
    }
  | EngineFailure;

export interface EngineFailure {
  readonly event: "error";
  /** As server/engineError.ts lists them; `cancelled` when a signal asked for it. */
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** The command that fixes it on this machine, if there is one. */
  readonly command?: string;
  /** Output of a tool. */
  readonly detail: string;
}

export type EngineKind = "cpu" | "gpu";

/** What `distill engine doctor --json` prints. */
export interface EngineReport {
  readonly findings: readonly EngineFinding[];
  /** The command, or step, that fixes the most important problem; absent without problems. */
  readonly fix?: string;
  readonly installable: readonly InstallableEngine[];
  /** The engine that `"auto"` chooses, with the reason, in a sentence. */
  readonly choice: string;
}

export interface EngineFinding {
  readonly name: string;
  readonly state: "fine" | "missing" | "broken";
  readonly text: string;
  /** The command, or step, that fixes this problem; absent where there is none. */
  readonly fix?: string;
}

export interface InstallableEngine {
  readonly kind: EngineKind;
  readonly tensorflow: string;
  /** Bytes to download, bytes on disk when installed, and bytes needed temporarily. */
  readonly download: number;
  readonly installed: number;
  readonly needed: number;
  readonly state: "installed" | "broken" | "missing";
  /** Where it was built; absent where it was not (a package may provide it). */
  readonly folder?: string;
  /** Why it cannot be installed or would find no GPU, in order. */
  readonly obstacles: readonly string[];
  /** Names of the downloads, for a machine without a network. */
  readonly files: readonly string[];
}

/** What `distill engine remove --json` prints. */
export type RemoveLine = { readonly event: "removed"; readonly folder: string } | EngineFailure;

// Inspection: what `distill inspect RUN --serve` reads from its input and prints, a JSON value a line. It is a process of its own, as it
// reads samples and may run the networks.

export type SampleSet = "disagreements" | "helped" | "harmed" | "wrong" | "all";
/** By how sure or wrong the student is (of a cell its network), how far from the teacher, how much better or worse than alone, or by number. */
export type SampleOrder = "sure" | "unsure" | "worst" | "best" | "apart" | "gained" | "lost" | "number";
export type InspectedNetwork = "student" | "studentAlone" | "teacher";
/** Whether a sample has a label, and a network gives it: true and false positives, false and true negatives. */
export type LabelOutcome = "tp" | "fp" | "fn" | "tn";

/**
 * The samples of a class that a network gave another; of several labels those with an outcome of one label; of numbers those in
 * a cell of a scatter, by its steps.
 */
export type InspectedCell =
  | { readonly network: InspectedNetwork; readonly label: number; readonly predicted: number }
  | { readonly network: InspectedNetwork; readonly label: number; readonly outcome: LabelOutcome }
  | { readonly network: InspectedNetwork; readonly target: number; readonly prediction: number };

export interface InspectQuery {
  readonly request: number;
  readonly show: SampleSet;
  /** In place of `show`. */
  readonly cell?: InspectedCell;
  /** Of several numbers a sample the one that is looked at; absent: all of them together. */
  readonly output?: number;
  readonly order: SampleOrder;
  readonly from: number;
  readonly count: number;
}

/** A thumbnail as a data URI, a text, or the values of a row. */
export type SamplePreview =
  | { readonly kind: "image"; readonly uri: string; readonly width: number; readonly height: number }
  | { readonly kind: "text"; readonly text: string }
  | {
      readonly kind: "row";
      readonly cells: readonly (readonly [name: string, value: string])[];
      readonly more?: string;
    };

/** What a network says of a sample, in words. */
export interface InspectedAnswer {
  readonly words: string;
  /** How sure it is, or how far off. */
  readonly note?: string;
  /** Absent of numbers, which are near or far. */
  readonly isRight?: boolean;
}

export interface InspectedSample {
  /** In the split, from 0. */
  readonly number: number;
  /** Its label, labels or numbers, in words. */
  readonly truth: string;
  readonly predicted: Readonly<Partial<Record<InspectedNetwork, InspectedAnswer>>>;
  readonly preview?: SamplePreview;
}

/** Samples of which a network is about as sure. */
export interface ReliabilityBin {
  readonly samples: number;
  /** Share of them for which it is right, and its mean probability. */
  readonly accuracy: number;
  readonly confidence: number;
}

interface InspectedSplit {
  readonly split: "test" | "validation";
  readonly samples: number;
  readonly networks: readonly InspectedNetwork[];
  /** Samples of each set that the run has networks for. */
  readonly sets: Readonly<Partial<Record<SampleSet, number>>>;
  /** Those that there is something to order by for. */
  readonly orders: readonly SampleOrder[];
}

export interface ClassOverview {
  readonly task: "classification";
  /** Names by class. */
  readonly classes: readonly string[];
  /** By network, rows are labels and columns are predictions; empty where there are too many classes. */
  readonly confusion: Readonly<Record<string, readonly (readonly number[])[]>>;
  /** By network; empty where probabilities are not known. */
  readonly reliability: Readonly<Record<string, readonly ReliabilityBin[]>>;
}

export interface LabelOverview {
  readonly task: "multiLabel";
  /** Names of the labels, and from which probability on each counts as given. */
  readonly labels: readonly string[];
  readonly thresholds: readonly number[];
  /** By network and label. */
  readonly counts: Readonly<Record<string, readonly Readonly<Record<LabelOutcome, number>>[]>>;
}

export interface NumberOverview {
  readonly task: "regression";
  /** At most the first twenty. */
  readonly numbers: readonly InspectedNumber[];
}

/** A number that is learned: predictions against targets, both in equal steps from the least to the greatest. */
export interface InspectedNumber {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly steps: number;
  /** By network: how many samples are in a cell of target and prediction, where there are any. What is out of range counts at the edge. */
  readonly scatter: Readonly<
    Record<string, readonly (readonly [target: number, prediction: number, samples: number])[]>
  >;
  /** By network, the mean of the absolute error. */
  readonly error: Readonly<Record<string, number>>;
  /** As those of all numbers together. */
  readonly sets: InspectedSplit["sets"];
}

export type TaskOverview = ClassOverview | LabelOverview | NumberOverview;

/** What stands above the samples. */
export type InspectOverview = InspectedSplit & TaskOverview;

export type InspectLine =
  | { readonly event: "opened"; readonly overview: InspectOverview }
  /** The samples are read, and pages have previews from now on; or why not. */
  | { readonly event: "samples"; readonly note?: string }
  | {
      readonly event: "page";
      readonly request: number;
      readonly total: number;
      readonly samples: readonly InspectedSample[];
    }
  /** The last line, where nothing can be inspected. */
  | ({ readonly event: "error" } & Problem);

// Notifications, server → client.

/** The runs that appeared or changed, and those that are gone. At most ten a second. */
export interface RunsChangedParams {
  readonly runs: readonly RunSummary[];
  readonly removed: readonly string[];
}
export const RunsChanged = new NotificationType<RunsChangedParams>("distill/runsChanged");

/** Events of a living run in order of `seq`, without gaps from the first one sent. At most thirty batches a second. */
export interface RunEventsParams extends RunParams {
  readonly events: readonly RunEvent[];
}
export const RunEvents = new NotificationType<RunEventsParams>("distill/runEvents");

// Notifications, client → server.

export const SettingsChanged = new NotificationType<Settings>("distill/settingsChanged");

/** An engine was installed or removed: experiments are checked again for engines. */
export const EnginesChanged = new NotificationType<void>("distill/enginesChanged");
