import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { sumsName } from "../data/checksums.ts";
import { openFile } from "../data/formats/bytes.ts";
import { readSafetensorsHeader } from "../data/formats/safetensors.ts";
import { type FolderContents, replacedSuffix } from "./durable.ts";
import { decodeSafetensors, encodeSafetensors, type StoredTensors } from "./safetensors.ts";
import { assertWhole, damaged, readSealedFolder, writeSealedFolder } from "./sealedFolder.ts";

/** `best`: the student by validation. `final`: the student at the end. */
export type StudentKind = "best" | "final";

const weightsName = "weights.safetensors";

export interface StudentContent {
  readonly tensors: StoredTensors;
  /** The stage that they are of, where the training has stages. */
  readonly stage?: string | undefined;
  /** Further files by name, as in model.json and its weights. */
  readonly files?: FolderContents;
}

/** Replaces best/ or final/ with weights.safetensors, atomically. */
export async function writeStudent(
  runDirectory: string,
  kind: StudentKind,
  { tensors, stage, files }: StudentContent,
): Promise<void> {
  await writeSealedFolder(join(runDirectory, kind), {
    [weightsName]: encodeSafetensors(tensors, stage === undefined ? {} : { stage }),
    ...files,
  });
}

/**
 * The weights in best/ or final/, or undefined when the run has none yet. Throws a RunError where they are damaged.
 */
export async function readStudent(
  runDirectory: string,
  kind: StudentKind,
): Promise<StoredTensors | undefined> {
  for (const folder of [kind, kind + replacedSuffix]) {
    const path = join(runDirectory, folder);
    const found = await readSealedFolder(path, { sums: "optional" });
    if (found.state === "damaged") throw damaged(found.why, wayOn(kind));
    const weights = found.state === "whole" ? found.files[weightsName] : undefined;
    if (weights !== undefined) return decodeSafetensors(weights, join(path, weightsName)).tensors;
  }
  return undefined;
}

/**
 * The stage that the weights in best/ or final/ are of. Where a later one has begun and has not been evaluated yet, best/ is of the
 * one before. Undefined where nothing says so.
 */
export async function studentStage(runDirectory: string, kind: StudentKind): Promise<string | undefined> {
  const opened = await openFile(join(runDirectory, kind, weightsName));
  if ("code" in opened) return undefined;
  try {
    const header = await readSafetensorsHeader(opened);
    return "code" in header ? undefined : header.metadata["stage"];
  } finally {
    await opened.handle.close();
  }
}

/** Throws a RunError where best/ or final/ exists and is damaged. */
export const assertStudentWhole = (runDirectory: string, kind: StudentKind): Promise<void> =>
  assertWhole(join(runDirectory, kind), wayOn(kind));

const wayOn = (kind: StudentKind): string =>
  `Restore it from a copy, ${kind === "best" ? "export what the last step left with `--weights final`, " : ""}or run the experiment again.`;

/** Names of the file by which a student's model is opened. */
const modelNames = ["model.json", "model.onnx"];

/** The model of best/ or final/, if there is one. */
export async function modelFile(runDirectory: string, kind: StudentKind): Promise<string | undefined> {
  const names: readonly string[] = await readdir(join(runDirectory, kind)).catch(() => []);
  const name = modelNames.find((name) => names.includes(name));
  return name === undefined ? undefined : join(runDirectory, kind, name);
}

/** Files for use elsewhere, as `best/model.json`, relative to the run's directory. */
export async function studentFiles(runDirectory: string): Promise<readonly string[]> {
  const kinds: readonly StudentKind[] = ["best", "final"];
  const files = kinds.map(async (kind) => {
    const names = await readdir(join(runDirectory, kind)).catch(() => []);
    const listed = names.filter((name) => name !== sumsName).sort();
    return listed.map((name) => `${kind}/${name}`);
  });
  return (await Promise.all(files)).flat();
}
