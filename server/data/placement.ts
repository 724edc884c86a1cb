import { freeMemory } from "./machineMemory.ts";

/** Where samples lie while they are used, as an experiment says it. */
export type StorageChoice = "auto" | "memory" | "disk";

/** Share of the memory that is free for one source: a split of it is a copy, and training needs more than the samples. */
const share = 1 / 4;
/** Smaller sources are not worth a look at how much is free. */
const alwaysInMemory = 2 ** 26;

/**
 * Why samples of so many bytes stay on disk, in words; undefined where they are read into memory. It changes no bit of a result.
 */
export function whyOnDisk(bytes: number, choice: StorageChoice = "memory"): string | undefined {
  if (choice === "memory") return undefined;
  if (choice === "disk") return "as data.storage says";
  const free = freeMemory();
  if (bytes <= Math.max(alwaysInMemory, free * share)) return undefined;
  return `since they take ${size(bytes)} and ${size(free)} of memory is free`;
}

const size = (bytes: number): string =>
  bytes < 1e9 ? `${Math.max(1, Math.round(bytes / 1e6))} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
