import { readdirSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { CheckpointProgress } from "../../schemas/run-files.gen.ts";
import { remove, removeTemporaries, replacedSuffix } from "./durable.ts";
import { fileError, RunError } from "./runError.ts";
import { decodeSafetensors, encodeSafetensors, type StoredTensors } from "./safetensors.ts";
import { readSealedFolder, writeSealedFolder } from "./sealedFolder.ts";
import { verified } from "./verifyRun.ts";

/** Everything that the trainer needs to resume as if it had never stopped. */
export interface CheckpointContent {
  readonly tensors: StoredTensors;
  readonly meta: CheckpointProgress;
}

export interface Checkpoint extends CheckpointContent {
  readonly step: number;
  readonly path: string;
}

const tensorsName = "state.safetensors";
const metaName = "meta.json";

/**
 * Writes checkpoints/<step>/ of a run, whole or not at all, then removes the oldest beyond `keep`, and those of later steps,
 * which are from an abandoned continuation. Only for the holder of the run's lock. Throws a RunError when writing fails;
 * earlier checkpoints stay unchanged.
 * @returns the path relative to the run directory
 */
export async function writeCheckpoint(
  runDirectory: string,
  step: number,
  { tensors, meta }: CheckpointContent,
  { keep = 3 }: { readonly keep?: number } = {},
): Promise<string> {
  const folder = join(runDirectory, "checkpoints");
  const files = { [tensorsName]: encodeSafetensors(tensors), [metaName]: JSON.stringify(meta) };
  await removeTemporaries(folder);
  await writeSealedFolder(join(folder, String(step)), files);
  await prune(folder, step, Math.max(1, keep));
  return `checkpoints/${step}`;
}

/** Checkpoints of a run to resume from. */
export interface FoundCheckpoint {
  /** The newest whose files are whole: checksums are verified. */
  readonly latest?: Checkpoint;
  /** Later steps whose checkpoints are damaged, newest first. */
  readonly damaged: readonly { readonly step: number; readonly why: string }[];
}

export async function findCheckpoint(runDirectory: string): Promise<FoundCheckpoint> {
  const folder = join(runDirectory, "checkpoints");
  const damaged: { step: number; why: string }[] = [];
  for (const { name, step } of await checkpointNames(folder)) {
    const path = join(folder, name);
    const content = await readCheckpoint(path);
    if (!("why" in content))
      return { latest: { step, path, ...content }, damaged: damaged.filter((other) => other.step > step) };
    if (damaged.at(-1)?.step !== step) damaged.push({ step, why: content.why });
  }
  return { damaged };
}

export const latestCheckpoint = async (runDirectory: string): Promise<Checkpoint | undefined> =>
  (await findCheckpoint(runDirectory)).latest;

/** Steps that have a checkpoint folder, newest first, without reading their files. */
export async function checkpointSteps(runDirectory: string): Promise<readonly number[]> {
  const names = await checkpointNames(join(runDirectory, "checkpoints"));
  return [...new Set(names.map(({ step }) => step))];
}

/** Where the networks of a run keep theirs. */
export const networkFolders = (runDirectory: string): readonly string[] =>
  ["", "teacher", "studentAlone"].map((network) => join(runDirectory, network));

/** Whether any network of the run has one that can be found, without reading their files. */
export const hasCheckpoint = (runDirectory: string): boolean =>
  networkFolders(runDirectory).some((folder) => {
    try {
      return readdirSync(join(folder, "checkpoints")).some((name) => stepOf(name) !== undefined);
    } catch {
      return false;
    }
  });

async function readCheckpoint(path: string): Promise<CheckpointContent | { readonly why: string }> {
  const read = await readSealedFolder(path, { sums: "required" });
  if (read.state !== "whole") return { why: read.state === "damaged" ? read.why : `${path} does not exist.` };
  const { [tensorsName]: tensors, [metaName]: meta } = read.files;
  if (tensors === undefined || meta === undefined)
    return { why: `${path} lacks ${tensorsName} or ${metaName}.` };
  try {
    return {
      tensors: decodeSafetensors(tensors, join(path, tensorsName)).tensors,
      meta: verified("progress", meta.toString(), join(path, metaName)),
    };
  } catch (error) {
    // Sealed, but not a checkpoint: another program sealed it.
    if (error instanceof RunError) return { why: error.message };
    throw error;
  }
}

async function checkpointNames(folder: string): Promise<readonly { name: string; step: number }[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw fileError(error, "read", folder);
  });
  return names
    .flatMap((name) => {
      const step = stepOf(name);
      return step === undefined ? [] : [{ name, step }];
    })
    .sort((a, b) => b.step - a.step || a.name.length - b.name.length);
}

function stepOf(name: string): number | undefined {
  const step = /^(\d+)(?:\.replaced)?$/.exec(name)?.[1];
  return step === undefined ? undefined : Number(step);
}

async function prune(folder: string, written: number, keep: number): Promise<void> {
  const names = await checkpointNames(folder);
  const whole = names.filter(({ name, step }) => !name.endsWith(replacedSuffix) && step <= written);
  const kept = new Set(whole.slice(0, keep));
  await Promise.all(names.filter((entry) => !kept.has(entry)).map(({ name }) => remove(join(folder, name))));
}
