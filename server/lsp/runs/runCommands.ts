import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { checkExperiment, type ExperimentFinding } from "../../api/checkExperiment.ts";
import { newRun } from "../../api/startRun.ts";
import { readEngineFacts } from "../../engineFacts.ts";
import { exampleIn } from "../../exampleFolder.ts";
import { cancelQueued } from "../../executors/slurm.ts";
import { readExperimentText } from "../../experimentChain.ts";
import { counted } from "../../grouped.ts";
import { missingEngine } from "../../haveEngine.ts";
import type {
  Done,
  FoundNode,
  Problem,
  Refused,
  Settings,
  StartedRun,
  StartRunParams,
  TrainingPlace,
} from "../../protocol.ts";
import { deleteRun, prepareResume, type ResumeOptions, stopRun, suspended } from "../../runs/control.ts";
import { findNode } from "../../runs/node.ts";
import { type ResumeChanges, wrongChange } from "../../runs/resumeChanges.ts";
import {
  openRun,
  type RunDirectory,
  readExperiment,
  readJob,
  runDirectory,
} from "../../runs/runDirectory.ts";
import { RunError } from "../../runs/runError.ts";
import { spawnTrainer } from "../../runs/spawn.ts";
import { makeMissing } from "../../sampleFiles/makeMissing.ts";
import { placeOf } from "../experiments.ts";
import { runsFolderOf } from "./runFolders.ts";
import { type EngineSettings, trainingPlaces } from "./trainingPlaces.ts";

/**
 * Starts, stops and removes runs. A trainer is a separate process that outlives this one; only the run directory connects them.
 */
export interface RunCommands {
  start(params: StartRunParams): Promise<StartedRun | Refused>;
  resume(directory: string, changes: ResumeChanges, options: ResumeOptions): Promise<StartedRun | Refused>;
  /** Where the run could resume. */
  places(directory: string): Promise<TrainingPlace[]>;
  findNode(): Promise<FoundNode | Refused>;
  /** An experiment to run at once, in a folder of its own in `parent`. */
  createExample(parent: string): Promise<{ readonly file: string } | Refused>;
  /** Of the experiment as it is saved. */
  createSampleData(uri: string): Promise<{ readonly created: readonly string[] } | Refused>;
  stop(directory: string, force: boolean): Promise<Done>;
  remove(directory: string): Promise<Done>;
}

export function runCommands(settings: () => Settings): RunCommands {
  return {
    start: ({ uri, overrides = {}, subject }) =>
      refusing(async () => {
        const untrusted = refuseUntrusted(settings());
        if (untrusted) return { problem: untrusted };
        const { file } = placeOf(uri);
        if (file === undefined) return { problem: unsaved };
        if (!existsSync(file)) return { problem: gone(file) };
        const sets = Object.entries(overrides).map(([path, value]) => `${path}=${JSON.stringify(value)}`);
        const { runsDirectory, jobs, executor } = settings();
        const isQueued = executor === "slurm" && subject === undefined;
        const checked = await checkExperiment(file, sets, isQueued ? { executor } : {});
        const { experiment } = checked;
        if (!experiment) return { problem: wrongFile(checked.findings) };
        const made = await newRun(
          file,
          { ...checked, experiment },
          {
            teacherOnly: subject === "teacher",
            ...(runsDirectory ? { runsDirectory: runsFolderOf(file, runsDirectory) } : {}),
            node: nodeSearch(settings()),
            // How many runs train at once is the person's to say where the file does not.
            ...(typeof jobs === "number" && Number.isInteger(jobs) && jobs > 0 ? { jobs } : {}),
            // Only a sweep has runs for a cluster.
            ...(isQueued && checked.sweep ? { executor } : {}),
            obstacle: () => engineProblem(experiment),
          },
        );
        return "problem" in made ? made : spawned(made.run, made.node, settings());
      }),
    resume: (directory, changes, options) =>
      refusing(async () => {
        const untrusted = refuseUntrusted(settings());
        if (untrusted) return { problem: untrusted };
        const wrong = wrongChange(changes);
        if (wrong) return { problem: noSuchEngine(wrong) };
        const noEngine = await engineProblem({ ...(await engineSettingsOf(directory)), ...changes });
        if (noEngine) return { problem: { ...noEngine, hint: "Install it, or resume on another engine." } };
        const node = await findNode(nodeSearch(settings()));
        return spawned(await prepareResume(directory, changes, options), node, settings());
      }),
    places: async (directory) => trainingPlaces(await readEngineFacts(), await engineSettingsOf(directory)),
    findNode: () =>
      refusing(async () => {
        const untrusted = refuseUntrusted(settings());
        return untrusted ? { problem: untrusted } : findNode(nodeSearch(settings()));
      }),
    createExample: (parent) =>
      refusing(async () => {
        const untrusted = refuseUntrusted(settings());
        return untrusted ? { problem: untrusted } : { file: await exampleIn(parent) };
      }),
    createSampleData: (uri) =>
      refusing(async () => {
        const untrusted = refuseUntrusted(settings());
        if (untrusted) return { problem: untrusted };
        const { file } = placeOf(uri);
        const text = file === undefined ? undefined : await readExperimentText(file);
        if (file === undefined || typeof text !== "string") return { problem: unsaved };
        return { created: await makeMissing(text, dirname(file)) };
      }),
    stop: (directory, force) =>
      refusing(async (): Promise<Done> => {
        if (await cancelQueued(await openRun(directory))) return {};
        if (stopRun(directory, { force }) === undefined) return { problem: notRunning };
        const standing = force ? undefined : suspended(directory);
        return standing === undefined ? {} : { problem: standing };
      }),
    remove: (directory) =>
      refusing(async (): Promise<Done> => {
        await deleteRun(directory);
        return {};
      }),
  };
}

async function spawned(
  run: RunDirectory,
  node: Awaited<ReturnType<typeof findNode>>,
  { tensorboardDirectory, mlflow }: Settings,
): Promise<StartedRun> {
  const { baseDirectory } = await readJob(run);
  const trainer = await spawnTrainer({
    node,
    runDirectory: run.path,
    ...(tensorboardDirectory ? { tensorboard: resolve(baseDirectory, tensorboardDirectory) } : {}),
    mlflow, // The trainer says where it is none.
  });
  trainer.detach();
  return { runId: run.id, directory: run.path };
}

/** Failures are answers; only a bug rejects the request. */
async function refusing<T>(work: () => Promise<T>): Promise<T | Refused> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    const { code, message, hint } = error;
    return { problem: { code, message, hint: inEditor(hint) } };
  }
}

/** The editor has no flags. */
export const inEditor = (hint: string): string =>
  hint.replace("with --runs-directory", "with the setting `distill.runsDirectory`");

export const nodeSearch = ({ nodePath }: Settings) => (nodePath ? { preferred: nodePath } : {});

const refuseUntrusted = ({ trusted }: Settings): Problem | undefined =>
  trusted === false
    ? {
        code: "untrusted",
        message: "This workspace is not trusted, so nothing in it is run.",
        hint: "Trust the workspace, then run again.",
      }
    : undefined;

/** The trainer would report the same, and leave a failed run. */
async function engineProblem({ engine }: EngineSettings): Promise<Problem | undefined> {
  const missing = engine === "tensorflow" ? undefined : missingEngine();
  if (engine !== "tensorflow" && missing === undefined) return undefined;
  if (engine !== "onnxruntime" && (await readEngineFacts()).tensorflow.length > 0) return undefined;
  if (missing !== undefined) return { code: missing.code, message: missing.message, hint: missing.hint };
  return {
    code: "engine-missing",
    message: "TensorFlow is not installed on this machine.",
    hint: "Install the engine, then run again.",
  };
}

/** Settings of a run; nothing where they cannot be read, which opening the run reports. */
async function engineSettingsOf(directory: string): Promise<EngineSettings> {
  const read = await readExperiment(runDirectory(directory)).catch(() => undefined);
  return typeof read === "object" && read !== null ? read : {};
}

const noSuchEngine = ({ key, value, expected }: NonNullable<ReturnType<typeof wrongChange>>): Problem => ({
  code: "wrong-change",
  message: `${key} is "${value}"; expected ${expected}.`,
});

const unsaved: Problem = {
  code: "unsaved",
  message: "The experiment has no file yet.",
  hint: "Save it first: its runs are kept beside it.",
};

const gone = (file: string): Problem => ({
  code: "unsaved",
  message: `${file} does not exist any more.`,
  hint: "Save it again, or open it where it is now.",
});

const notRunning: Problem = { code: "not-running", message: "The run is not running." };

function wrongFile(findings: readonly ExperimentFinding[]): Problem {
  const [first, ...others] = findings.filter(({ severity }) => severity === "error");
  if (first === undefined) throw new Error("an experiment without errors is not wrong");
  const { line, setting, message } = first;
  const place = setting === undefined ? `Line ${line}` : setting;
  const more = others.length === 0 ? "" : ` And ${counted(others.length, "more error")}.`;
  return {
    code: "wrong-file",
    message: `${place}: ${message}${more}`,
    hint: "Correct what is underlined, then run again.",
  };
}
