import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type FolderContents, replacedSuffix, writeFolderDurably } from "./durable.ts";
import { fileError } from "./runError.ts";
import { decodeSafetensors, encodeSafetensors, type StoredTensors } from "./safetensors.ts";

/** `best`: the student by validation. `final`: the student at the end. */
export type StudentKind = "best" | "final";

export interface StudentContent {
  readonly tensors: StoredTensors;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Further files by name, as in model.json and its weights. */
  readonly files?: FolderContents;
}

/** Writes best/ or final/ with weights.safetensors in place of the one before, whole or not at all. */
export async function writeStudent(
  runDirectory: string,
  kind: StudentKind,
  { tensors, metadata, files }: StudentContent,
): Promise<void> {
  await writeFolderDurably(join(runDirectory, kind), {
    "weights.safetensors": encodeSafetensors(tensors, metadata),
    ...files,
  });
}

/** The weights in best/ or final/, or undefined when the run has not come so far. */
export async function readStudent(
  runDirectory: string,
  kind: StudentKind,
): Promise<StoredTensors | undefined> {
  for (const folder of [kind, kind + replacedSuffix]) {
    const path = join(runDirectory, folder, "weights.safetensors");
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw fileError(error, "read", path);
    });
    if (bytes !== undefined) return decodeSafetensors(bytes, path).tensors;
  }
  return undefined;
}

/** What the run leaves for use elsewhere, as `best/model.json`, relative to its directory. */
export async function studentFiles(runDirectory: string): Promise<readonly string[]> {
  const kinds: readonly StudentKind[] = ["best", "final"];
  const names = await Promise.all(kinds.map((kind) => readdir(join(runDirectory, kind)).catch(() => [])));
  return kinds.flatMap((kind, index) => (names[index] ?? []).sort().map((name) => `${kind}/${name}`));
}
