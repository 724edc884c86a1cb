import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { notTested } from "./notTested.ts";

const packages = fileURLToPath(new URL("../../.cache/mlflow", import.meta.url));
const reader = fileURLToPath(new URL("../run/readMlflow.py", import.meta.url));

/** What MLflow's own client reads of a file store. */
export interface ReadExperiment {
  readonly name: string;
  readonly runs: readonly ReadRun[];
}

export interface ReadRun {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  /** Unix milliseconds. */
  readonly start: number;
  readonly end: number | null;
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  /** All points, in the order of the file; `nan`, which JSON does not have, is a text. */
  readonly metrics: Readonly<
    Record<string, readonly (readonly [time: number, step: number, value: number | "nan"])[]>
  >;
}

/** Reads stores with the MLflow that `npm run setup:mlflow` installs. Without it, its tests fail unless DISTILL_WITHOUT names it. */
export function mlflowForTests(): ((store: string) => Promise<readonly ReadExperiment[]>) | undefined {
  if (!existsSync(`${packages}/mlflow`))
    return notTested("mlflow", "There is no MLflow in .cache/mlflow: npm run setup:mlflow installs it.");
  return async (store) => {
    const allowed = { MLFLOW_ALLOW_FILE_STORE: "true", MLFLOW_DISABLE_TELEMETRY: "true" };
    const env = { ...process.env, PYTHONPATH: packages, ...allowed };
    const options = { env, maxBuffer: 1 << 28 };
    const { stdout } = await promisify(execFile)("python3", [reader, pathToFileURL(store).href], options);
    return JSON.parse(stdout);
  };
}
