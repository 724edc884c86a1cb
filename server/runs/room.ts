import { availableParallelism, freemem } from "node:os";
import { machineMemory } from "../data/machineMemory.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { runDirectory } from "./runDirectory.ts";

/** How many runs train at a time, and with how many threads each. */
export interface Share {
  readonly jobs: number;
  readonly threads: number;
  /** The experiment says how many. */
  readonly isGiven: boolean;
}

/** Shares the machine's cores out among the runs of a sweep. */
export function shareOf(
  { jobs, threads }: { readonly jobs?: number | undefined; readonly threads?: number | undefined },
  runs: number,
  cores = availableParallelism(),
): Share {
  const most = Math.max(1, Math.min(runs, jobs ?? Math.floor(cores / (threads ?? 1))));
  return {
    jobs: most,
    threads: threads ?? Math.max(1, Math.floor(cores / most)),
    isGiven: jobs !== undefined,
  };
}

/** Of what a run has taken by its first steps: evaluation may take more. */
const reserve = 1.25;

/**
 * Whether another run may begin beside those at `paths`: there is a place, each of them trains its student, so that what it takes is
 * known and the teacher's outputs are kept, and the memory that is left is enough for one more. A card is one run's unless the
 * experiment says how many.
 */
export async function hasRoom(paths: readonly string[], { jobs, isGiven }: Share): Promise<boolean> {
  if (paths.length >= jobs) return false;
  const manifests = await Promise.all(
    paths.map((path) => readManifest(runDirectory(path)).catch(() => undefined)),
  );
  if (!isGiven && manifests.some((manifest) => (manifest?.device ?? "cpu") !== "cpu")) return false;
  return isRoomFor(manifests, Math.min(freemem(), machineMemory() - sumOf(manifests)));
}

const sumOf = (manifests: readonly (Manifest | undefined)[]): number =>
  manifests.reduce((sum, manifest) => sum + (manifest?.memory ?? 0), 0);

const isRoomFor = (manifests: readonly (Manifest | undefined)[], free: number): boolean =>
  manifests.every((manifest) => manifest?.memory !== undefined && reserve * manifest.memory <= free);
