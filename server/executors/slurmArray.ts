import { RunError } from "../runs/runError.ts";
import { slurmCommand } from "./slurmCommand.ts";

/** A job for sbatch. */
export interface Batch {
  readonly name: string;
  readonly options: readonly string[];
  /**
   * Text that a node's shell reads, the same for everybody: values are in the environment. The shell becomes the program, so that
   * signals reach it.
   */
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Submits a job, or an array of jobs, each of one process that Slurm starts again where its node is lost. @returns its number */
export async function sbatch({ name, options, program, environment }: Batch): Promise<string> {
  const given = [
    "--parsable",
    ...options,
    `--job-name=${name}`,
    "--nodes=1",
    "--ntasks=1",
    "--requeue",
    "--open-mode=append",
    "--export=ALL",
    "--chdir=/",
    `--wrap=${program}`,
  ];
  const own = {
    ...environment,
    DISTILL_NODE: process.execPath,
    // Otherwise the native runtime sends telemetry.
    ORT_DISABLE_TELEMETRY: "1",
  };
  const [job = ""] = (await slurmCommand("sbatch", given, { environment: own })).trim().split(";");
  if (!/^\d+$/.test(job))
    throw new RunError("slurm", `sbatch named no job: ${JSON.stringify(job)}.`, "Look at `squeue --me`.");
  return job;
}

/** A path in which sbatch replaces nothing. */
export function patternOf(path: string): string {
  if (path.includes("\\"))
    throw new RunError(
      "slurm",
      `${path} has a backslash, behind which Slurm replaces no number.`,
      "Rename that folder.",
    );
  return path.replaceAll("%", "%%");
}

/** As `1-3,7`. @param numbers rising */
export function ranges(numbers: readonly number[]): string {
  const found: [number, number][] = [];
  for (const number of numbers) {
    const last = found.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else found.push([number, number]);
  }
  return found.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(",");
}
