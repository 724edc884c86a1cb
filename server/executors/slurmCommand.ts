import { RunError } from "../runs/runError.ts";
import { lastWords, run } from "../subprocess.ts";

interface CommandOptions {
  readonly timeout?: number;
  /** Variables for the jobs. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Slurm's own clients give up after nine seconds where its controller does not answer. */
const patienceMs = 30_000;

/**
 * Runs a program of Slurm, and gives what it prints.
 * Throws a RunError `slurm` where there is none or it refuses, with its words.
 */
export async function slurmCommand(
  program: "sbatch" | "squeue" | "scancel" | "scontrol",
  given: readonly string[],
  { timeout = patienceMs, environment = {} }: CommandOptions = {},
): Promise<string> {
  const outcome = await run(program, given, {
    timeout,
    env: { ...ownEnvironment(), ...environment },
    keptCharacters: 1 << 26, // A queue of 10,000 runs takes 3 MB.
  });
  if (outcome.code === 0) return outcome.stdout;
  throw outcome.code === 127
    ? new RunError(
        "slurm",
        `${program} could not be started: ${lastWords(outcome, 300)}.`,
        "Run this on a machine of the cluster, as its login node.",
      )
    : new RunError(
        "slurm",
        `${program} ${outcome.code === null ? "did not answer in time" : "refused"}: ${lastWords(outcome, 1000).replaceAll(/\s*\n\s*/g, "; ")}`,
        "Slurm's parameters are in executors.json, in your folder of application data.",
      );
}

/** Without what a job tells its programs of itself: jobs that it submits would inherit it, such as its number of restarts. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("SLURM_") || name === "SLURM_CONF"),
  );
}
