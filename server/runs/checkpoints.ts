import { createHash } from "node:crypto";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { removeTemporaries, replacedSuffix, writeFolderDurably } from "./durable.ts";
import { fileError } from "./runError.ts";
import { decodeSafetensors, encodeSafetensors, type StoredTensors } from "./safetensors.ts";

/** Everything that the trainer needs to go on as if it had never stopped. `meta` is JSON: counters, keys, bests. */
export interface CheckpointContent {
  readonly tensors: StoredTensors;
  readonly meta: unknown;
}

export interface Checkpoint extends CheckpointContent {
  readonly step: number;
  readonly path: string;
}

const tensorsName = "state.safetensors";
const metaName = "meta.json";
/** In the form of `sha256sum`, so `sha256sum -c SHA256SUMS` checks a checkpoint by hand. */
const sumsName = "SHA256SUMS";

/**
 * Writes checkpoints/<step>/ of a run, whole or not at all, then removes the oldest beyond `keep`. Only for the holder
 * of the run's lock. Throws a RunError when the disk does not take it; earlier checkpoints stay as they were.
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
  const sums = Object.entries(files).map(([name, content]) => `${sha256(content)}  ${name}\n`);
  await removeTemporaries(folder);
  await writeFolderDurably(join(folder, String(step)), { ...files, [sumsName]: sums.join("") });
  await prune(folder, Math.max(1, keep));
  return `checkpoints/${step}`;
}

/** The newest checkpoint whose files are whole (checksums are verified), or undefined when there is none. */
export async function latestCheckpoint(runDirectory: string): Promise<Checkpoint | undefined> {
  const folder = join(runDirectory, "checkpoints");
  for (const { name, step } of await checkpointNames(folder)) {
    const path = join(folder, name);
    const content = await readCheckpoint(path);
    if (content !== undefined) return { step, path, ...content };
  }
  return undefined;
}

/** Steps that have a checkpoint folder, newest first, without reading their files. */
export async function checkpointSteps(runDirectory: string): Promise<readonly number[]> {
  const names = await checkpointNames(join(runDirectory, "checkpoints"));
  return [...new Set(names.map(({ step }) => step))];
}

async function readCheckpoint(path: string): Promise<CheckpointContent | undefined> {
  try {
    const [tensors, meta, sums] = await Promise.all(
      [tensorsName, metaName, sumsName].map((name) => readFile(join(path, name))),
    );
    if (tensors === undefined || meta === undefined || sums === undefined) return undefined;
    const expected = `${sha256(tensors)}  ${tensorsName}\n${sha256(meta)}  ${metaName}\n`;
    if (sums.toString() !== expected) return undefined;
    return {
      tensors: decodeSafetensors(tensors, join(path, tensorsName)).tensors,
      meta: JSON.parse(meta.toString()),
    };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A file that cannot be read for want of permission is not a damaged one: going back further would lose work.
    if (code === "EACCES" || code === "EPERM" || code === "EMFILE") throw fileError(error, "read", path);
    return undefined;
  }
}

async function checkpointNames(folder: string): Promise<readonly { name: string; step: number }[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw fileError(error, "read", folder);
  });
  return names
    .flatMap((name) => {
      const step = /^(\d+)(?:\.replaced)?$/.exec(name)?.[1];
      return step === undefined ? [] : [{ name, step: Number(step) }];
    })
    .sort((a, b) => b.step - a.step || a.name.length - b.name.length);
}

async function prune(folder: string, keep: number): Promise<void> {
  const names = await checkpointNames(folder);
  const kept = new Set(names.filter(({ name }) => !name.endsWith(replacedSuffix)).slice(0, keep));
  await Promise.all(
    names
      .filter((entry) => !kept.has(entry))
      .map(({ name }) => rm(join(folder, name), { recursive: true, force: true })),
  );
}

function sha256(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}
