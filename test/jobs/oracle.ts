import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const environment = here("../../.cache/jobs/python");

/** What Python writes for a job, and says of it. */
export interface Made {
  /** The teacher's metric on the test samples; null where the experiment makes its teacher. */
  readonly teacher: number | null;
  /** Whether the student is written in PyTorch as well. */
  readonly hasTwin: boolean;
  /** Whether samples are arrays of numbers; tables of mixed columns are not. */
  readonly hasArrays: boolean;
}

/** Where, and by which functions of python/; null: the experiment makes it. */
interface MadeOf {
  readonly folder: string;
  readonly data: string;
  /** First training samples that a step is compared on. */
  readonly rows: number;
  readonly teacher: string | null;
  readonly student: string | null;
}

/** A Python process that answers oracle.py's commands. It keeps one job at a time. */
export interface Oracle {
  make(parts: MadeOf): Promise<Made>;
  teacher(stored: {
    readonly outputs: string;
  }): Promise<{ readonly metric: number; readonly difference: number }>;
  step(step: StepQuestion): Promise<void>;
  exported(model: { readonly path: string }): Promise<{ readonly metric: number }>;
  close(): void;
}

export interface StepQuestion {
  /** The student's weights before the step. */
  readonly weights: string;
  /** The teacher's outputs, where Python does not compute them itself. */
  readonly outputs: string | null;
  readonly normalize: unknown;
  /** Whether every parameter of the twin is trained. */
  readonly whole: boolean;
}

/** The Python of JOBS_PYTHON, or one in .cache/ into which the first use installs requirements.txt. */
export function pythonPath(): string {
  const own = process.env["JOBS_PYTHON"];
  if (own !== undefined) return own;
  const python = `${environment}/bin/python`;
  if (!existsSync(`${environment}/complete`)) {
    console.log("Making a Python environment in .cache/jobs/python …");
    execFileSync("python3", ["-m", "venv", environment], { stdio: "inherit" });
    const install = ["-m", "pip", "install", "--quiet", "-r", here("python/requirements.txt")];
    execFileSync(python, install, { stdio: "inherit" });
    writeFileSync(`${environment}/complete`, "");
  }
  return python;
}

export function startOracle(python: string): Oracle {
  const env = { ...process.env, OMP_NUM_THREADS: "1" };
  const child: ChildProcess = spawn(python, [here("python/oracle.py")], {
    stdio: ["pipe", "pipe", "pipe"],
    env,
  });
  let complaints = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    complaints = (complaints + text).slice(-4000);
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  const ask = async <T>(command: string, given: object): Promise<T> => {
    child.stdin?.write(`${JSON.stringify({ [command]: given })}\n`);
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`Python has ended:\n${complaints}`);
    const said = JSON.parse(value) as T & { readonly error?: string };
    if (said.error !== undefined) throw new Error(`Python's ${command}: ${said.error}\n${complaints}`);
    return said;
  };
  return {
    make: (parts) => ask("make", parts),
    teacher: (stored) => ask("teacher", stored),
    step: (step) => ask("step", step),
    exported: (model) => ask("exported", model),
    close: () => child.stdin?.end(),
  };
}
