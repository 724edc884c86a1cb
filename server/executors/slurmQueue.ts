import { slurmCommand } from "./slurmCommand.ts";

/** A run's place in Slurm's queue. */
export interface QueuePlace {
  /** As `123_4`. */
  readonly job: string;
  /** As `PENDING`. */
  readonly state: string;
  /** Why it waits, as `Resources`; `None` where it does not. */
  readonly reason: string;
  readonly restarts: number;
  /** Its nodes; "" where it has none. */
  readonly node: string;
}

/** By sweep and number in it; the job in which a sweep itself goes on has 0. */
type Places = ReadonlyMap<string, QueuePlace>;

let places: Places = new Map();
let askedAt = Number.NEGATIVE_INFINITY;
let asking: Promise<void> | undefined;
/** When the queue last answered. */
let seenAt = Number.NEGATIVE_INFINITY;

/** Least milliseconds between two questions, which are about all jobs of the person at once. */
export const everyMs = 5000;
const patienceMs = 2000;

/** The place of a run of a sweep as last seen. Waits for nothing, but asks again if that was long ago. */
export function placeOf(sweep: string, index: number): QueuePlace | undefined {
  if (Date.now() - askedAt > everyMs) void seeQueue();
  return places.get(keyOf(sweep, index));
}

/** Looks at the queue, for two seconds at most. Where there is none, or it does not answer, nothing is known of it. */
export function seeQueue(): Promise<void> {
  askedAt = Date.now();
  asking ??= readQueue({ timeout: patienceMs })
    .then((read) => {
      seenAt = Date.now();
      return read;
    })
    .catch((): Places => {
      seenAt = Number.NEGATIVE_INFINITY;
      return new Map();
    })
    .then((read) => {
      places = read;
      asking = undefined;
    });
  return asking;
}

/** What two machines' clocks may differ by, and a submission takes. */
const marginMs = 3000;

/** Whether the queue has no job of a sweep that submitted some at this time: they were cancelled, that in which it would go on, too. */
export const isMissing = (sweep: string, submittedAt: number): boolean =>
  seenAt > submittedAt + marginMs && ![...places.keys()].some((key) => key.startsWith(keyOf(sweep, "")));

/** Its columns, with their widths. An id of a run has less than 80 characters. */
const columns = [
  ["Name", 120],
  ["ArrayTaskID", 16],
  ["JobArrayID", 32],
  ["State", 16],
  ["Reason", 60],
  ["RestartCnt", 8],
  ["NodeList", 60],
] as const;

/** Of this person's jobs that have not ended. Throws a RunError `slurm`. */
export async function readQueue({ timeout }: { readonly timeout?: number } = {}): Promise<Places> {
  const format = columns.map(([name, width]) => `${name}:${width}`).join(",");
  const printed = await slurmCommand("squeue", ["--me", "--noheader", "--array", `--Format=${format}`], {
    ...(timeout === undefined ? {} : { timeout }),
  });
  return new Map(
    printed.split("\n").flatMap((line) => {
      const [name = "", task = "", job = "", state = "", reason = "", restarts, node = ""] = cells(line);
      const index = task === "N/A" ? 0 : Number(task);
      // One that is completing has nothing left but to go.
      if (!Number.isInteger(index) || task === "" || state === "COMPLETING") return [];
      return [[keyOf(name, index), { job, state, reason, restarts: Number(restarts) || 0, node }] as const];
    }),
  );
}

function cells(line: string): string[] {
  let from = 0;
  return columns.map(([, width]) => {
    from += width;
    return line.slice(from - width, from).trim();
  });
}

const keyOf = (sweep: string, index: number | ""): string => `${sweep}/${index}`;
