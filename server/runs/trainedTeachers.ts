import { basename, dirname, join } from "node:path";
import { makeFolder, removeTemporaries } from "./durable.ts";
import { decodeSafetensors, encodeSafetensors, type StoredTensors } from "./safetensors.ts";
import { readSealedFolder, writeSealedFolder } from "./sealedFolder.ts";

/** Weights of trained teachers, by a hash of all their inputs. */
export interface TrainedTeachers {
  read(key: string): Promise<StoredTensors | undefined>;
  write(key: string, weights: StoredTensors): Promise<void>;
}

/**
 * They are kept in the cache, so that all experiments of a folder share them.
 * @param damagedAt called for a damaged one, which then counts as missing
 */
export function trainedTeachers(cache: string, damagedAt: (why: string) => void): TrainedTeachers {
  const folder = join(cache, "teachers");
  return {
    async read(key) {
      const path = join(folder, key);
      await removeTemporaries(folder, { others: false }).catch(() => {}); // A read-only cache still works.
      const found = await readSealedFolder(path, { sums: "optional" });
      if (found.state === "damaged") damagedAt(found.why);
      const weights = found.state === "whole" ? found.files[weightsName] : undefined;
      return weights && decodeSafetensors(weights, join(path, weightsName)).tensors;
    },
    async write(key, weights) {
      makeFolder(cache);
      await removeTemporaries(folder, { others: false });
      await writeSealedFolder(join(folder, key), { [weightsName]: encodeSafetensors(weights) });
    },
  };
}

const weightsName = "weights.safetensors";

/**
 * Cache of what is slow to recompute: trained teachers and teachers' outputs. It is beside the runs, where writing is allowed:
 * `.distill/cache` beside `.distill/runs`, and `.cache` inside any other
 * folder of runs.
 */
export function cacheFolder(runsDirectory: string): string {
  const around = dirname(runsDirectory);
  return basename(runsDirectory) === "runs" && basename(around) === ".distill"
    ? join(around, "cache")
    : join(runsDirectory, ".cache");
}
