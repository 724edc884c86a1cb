import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolders, writeFolderDurably } from "./durable.ts";
import { decodeSafetensors, encodeSafetensors, type StoredTensors } from "./safetensors.ts";

/** Weights of teachers that experiments describe and train, by the hash of all that they depend on. */
export interface TrainedTeachers {
  read(key: string): Promise<StoredTensors | undefined>;
  write(key: string, weights: StoredTensors): Promise<void>;
}

/** They are kept beside the experiments, so that all experiments of a folder share them. */
export function trainedTeachers(baseDirectory: string): TrainedTeachers {
  const folder = join(cacheFolder(baseDirectory), "teachers");
  const path = (key: string) => join(folder, key, "weights.safetensors");
  return {
    async read(key) {
      if (!existsSync(path(key))) return undefined;
      return decodeSafetensors(await readFile(path(key)), path(key)).tensors;
    },
    async write(key, weights) {
      await makeFolders(folder);
      await writeFolderDurably(join(folder, key), { "weights.safetensors": encodeSafetensors(weights) });
    },
  };
}

/** What can be computed again, and is kept because that takes long: trained teachers, and what teachers said. */
export const cacheFolder = (baseDirectory: string): string => join(baseDirectory, ".distill", "cache");
