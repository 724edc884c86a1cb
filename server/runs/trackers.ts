import { resolve } from "node:path";
import type { TrackersRecord } from "../../schemas/run-files.gen.ts";
import { directoryIdentity, isDirectory } from "./directoryIdentity.ts";
import { writeFileDurably } from "./durable.ts";
import type { RunDirectory } from "./runDirectory.ts";
import { RunError } from "./runError.ts";
import { readRunFile } from "./verifyRun.ts";

/** Where the trainer of a run tells of it, beside its directory. An empty name is nowhere. */
export interface Trackers {
  /** Absolute folder for TensorBoard. */
  readonly tensorboard?: string | undefined;
  /** Address or folder of MLflow's; a relative one starts at the experiment. */
  readonly mlflow?: string | undefined;
}

const variables = { tensorboard: "DISTILL_TENSORBOARD", mlflow: "DISTILL_MLFLOW" } as const;
const names = ["tensorboard", "mlflow"] as const;

/** As a trainer is given them. */
export const trackersInEnvironment = (trackers: Trackers): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const to = trackers[name];
      return to === undefined ? [] : [[variables[name], to]];
    }),
  );

/** What the environment names, and of the rest where the trainer before told of the run: a resume goes on there. */
export async function trackersOf(run: RunDirectory, environment: NodeJS.ProcessEnv): Promise<Trackers> {
  const before = await remembered(run);
  const folder = environment[variables.tensorboard];
  const tensorboard = folder ? resolve(folder) : (folder ?? before.tensorboard);
  const mlflow = environment[variables.mlflow] ?? before.mlflow;
  const now = { ...(tensorboard ? { tensorboard } : {}), ...(mlflow ? { mlflow } : {}) };
  if (names.some((name) => now[name] !== before[name])) await remember(run, now);
  return now;
}

/** A record that came with a run from elsewhere does not count: nobody here has chosen where that sends what. */
async function remembered({ path, trackers }: RunDirectory): Promise<Trackers> {
  try {
    const { directory, ...named } = (await readRunFile("trackers", trackers)) ?? {};
    const isOwn =
      directory?.path === directoryIdentity(path).path &&
      isDirectory(path, directory, { sameMachine: false });
    return isOwn ? named : {};
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    console.error(`${error.message} Name trackers again, where there are any.`);
    return {};
  }
}

/** Where the disk is full a resume has to be told again. */
async function remember(
  { path, trackers }: RunDirectory,
  now: Omit<TrackersRecord, "directory">,
): Promise<void> {
  const record: TrackersRecord = { directory: directoryIdentity(path), ...now };
  await writeFileDurably(trackers, `${JSON.stringify(record, null, 2)}\n`).catch((error: RunError) =>
    console.error(error.message),
  );
}
