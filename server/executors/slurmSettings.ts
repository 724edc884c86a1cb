import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileError, RunError } from "../runs/runError.ts";
import { userFolder } from "../userFolder.ts";

/** How this person's runs are submitted to Slurm. */
export interface SlurmSettings {
  /** Options of sbatch. */
  readonly options: readonly string[];
  /** Of each run, and so the threads of its engine. */
  readonly cpus: number;
  /** Before its time limit a run is told to write a checkpoint. */
  readonly secondsToStop: number;
}

/** Keys of the settings, with the option of sbatch that each is. `gres` is left to the runs: a sweep's own process needs no card. */
const options: Readonly<Record<string, string>> = {
  partition: "--partition",
  account: "--account",
  qos: "--qos",
  time: "--time",
  memory: "--mem",
  constraint: "--constraint",
  gres: "--gres",
};

/** Options that say what a job is, which is not a person's to choose. */
const own = /^--(array|wrap|job-name|dependency|signal|output|error|requeue|no-requeue|export|parsable)\b/;

/**
 * Slurm's part of executors.json in the user's folder of application data: no experiment, and no folder that somebody else has written,
 * says what is submitted. Throws a RunError `executor-settings` that names a wrong value.
 */
export async function slurmSettings({ runs }: { readonly runs: boolean }): Promise<SlurmSettings> {
  const file = path.join(userFolder("data"), "distillery", "executors.json");
  const { cpus = 1, secondsToStop = 60, extra = [], ...named } = slurmPart(await textOf(file), file);
  const wrong = (key: string, value: unknown, expected: string) =>
    new RunError(
      "executor-settings",
      `slurm.${key} in ${file} is ${JSON.stringify(value)}; expected ${expected}.`,
      "Correct it, then try again.",
    );
  const countOf = (key: string, value: unknown): number => {
    if (typeof value !== "number" || !Number.isInteger(value) || value < 1)
      throw wrong(key, value, "a whole number above 0");
    return value;
  };
  const given = Object.entries(named).flatMap(([key, value]) => {
    const option = Object.hasOwn(options, key) ? options[key] : undefined;
    if (option === undefined)
      throw wrong(
        key,
        value,
        `one of ${[...Object.keys(options), "cpus", "secondsToStop", "extra"].join(", ")}`,
      );
    if (!isLine(value) || value.startsWith("-"))
      throw wrong(key, value, "one line of text, without a leading dash");
    return key === "gres" && !runs ? [] : [`${option}=${value}`];
  });
  if (!Array.isArray(extra)) throw wrong("extra", extra, "a list of options of sbatch");
  for (const option of extra)
    if (!isLine(option) || !option.startsWith("--") || own.test(option))
      throw wrong("extra", option, "options such as --exclude=n1 that do not say which job it is");
  return {
    options: [...given, `--cpus-per-task=${runs ? countOf("cpus", cpus) : 1}`, ...(extra as string[])],
    cpus: countOf("cpus", cpus),
    secondsToStop: countOf("secondsToStop", secondsToStop),
  };
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "{}";
    throw new RunError(
      "executor-settings",
      fileError(error, "read", file).message,
      "Correct it, then try again.",
      { cause: error },
    );
  }
}

function slurmPart(text: string, file: string): Readonly<Record<string, unknown>> {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (error) {
    throw new RunError(
      "executor-settings",
      `${file} is no JSON: ${(error as Error).message}.`,
      "Correct it.",
      {
        cause: error,
      },
    );
  }
  const { slurm = {} } = Object(read) as { readonly slurm?: unknown };
  return Object(slurm) as Readonly<Record<string, unknown>>;
}

const isLine = (value: unknown): value is string =>
  typeof value === "string" && value !== "" && !/\p{Cc}/u.test(value);
