import { createHash } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { ownCommandLine } from "../packageRoot.ts";
import { makeFolders } from "../runs/durable.ts";
import { cacheFolder } from "../runs/trainedTeachers.ts";
import { HandedOver, type Shards, threadsVariable } from "./executor.ts";
import { patternOf, ranges, sbatch } from "./slurmArray.ts";
import { readQueue } from "./slurmQueue.ts";
import { slurmSettings } from "./slurmSettings.ts";

const program =
  'exec "$DISTILL_NODE" "$DISTILL_PROGRAM" teacher "$DISTILL_FILE" --shard "$SLURM_ARRAY_TASK_ID/$DISTILL_SHARDS" --runs-directory "$DISTILL_RUNS"';

/**
 * On a cluster: a job array, whose numbers are those of the parts. Called again, it submits those that are neither in the cache nor in the
 * queue. The log of each is beside the cache, so that one that has died is known by its log.
 */
export async function fillOnNodes(
  { file, runs, of, findMissing, jobs }: Shards,
  tell: (line: string) => void,
): Promise<readonly number[]> {
  const { options, cpus } = await slurmSettings({ runs: true });
  const name = `teacher-${createHash("sha256").update(`${file}\n${runs}`).digest("hex").slice(0, 12)}-${of}`;
  // What ends in between is found in the cache.
  const queue = await readQueue();
  const missing = await findMissing();
  if (missing.length === 0) return missing;
  const isQueued = (index: number) => queue.has(`${name}/${index}`);
  const waiting = missing.filter(isQueued);
  const left = missing.filter((index) => !isQueued(index));
  if (waiting.length > 0) tell(`${partsOf(waiting, of)} in the queue, or at work.`);
  const logs = join(cacheFolder(runs), name);
  makeFolders(logs);
  for (const index of left) {
    const log = join(logs, `${index}.log`);
    const said = await readFile(log, "utf8").catch(() => undefined);
    if (said === undefined) continue;
    tell(`Part ${index} of ${of} has died: ${said.trim().split("\n").at(-1) || "without a word"}`);
    await rm(log, { force: true });
  }
  if (left.length > 0) {
    const job = await sbatch({
      name,
      options: [
        ...options,
        `--array=${ranges(left)}${jobs === undefined ? "" : `%${jobs}`}`,
        `--output=${patternOf(logs)}/%a.log`,
      ],
      program,
      environment: {
        [threadsVariable]: String(cpus),
        DISTILL_PROGRAM: ownCommandLine(),
        DISTILL_FILE: file,
        DISTILL_SHARDS: String(of),
        DISTILL_RUNS: runs,
      },
    });
    tell(`${partsOf(left, of)} job array ${job} of Slurm.`);
  }
  throw new HandedOver();
}

const partsOf = (numbers: readonly number[], of: number): string =>
  numbers.length === 1
    ? `Part ${numbers[0]} of ${of} is`
    : `Parts ${ranges(numbers).replaceAll(",", ", ")} of ${of} are`;
