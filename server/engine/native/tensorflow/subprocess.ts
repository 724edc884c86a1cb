import { type SpawnOptions, spawn } from "node:child_process";

export interface Outcome {
  /** Null when a signal ended it; 127 when it could not be started. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SubprocessOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  readonly timeout?: number;
}

/** Enough of a program's output to explain a failure. */
const keptCharacters = 64 * 1024;

/**
 * Runs a program without a shell. Its status is a result, not an exception; only an abort rejects, and not before the
 * program is gone, because until then it may still be writing.
 */
export function run(
  command: string,
  args: readonly string[],
  { timeout, ...options }: SubprocessOptions = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const settings: SpawnOptions = { ...options, stdio: ["ignore", "pipe", "pipe"] };
    const child = spawn(command, args, settings);
    // Node's own timeout keeps the process alive until it is over where the program could not be started.
    const timer = timeout === undefined ? undefined : setTimeout(() => child.kill(), timeout);
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const)
      child[name]?.setEncoding("utf8").on("data", (text: string) => {
        output[name] = (output[name] + text).slice(-keptCharacters);
      });
    let aborted: Error | undefined;
    child.on("error", (error) => {
      clearTimeout(timer);
      if (error.name === "AbortError") aborted = error;
      else resolve({ code: 127, signal: null, stdout: "", stderr: error.message });
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (aborted) reject(aborted);
      else resolve({ code, signal, ...output });
    });
  });
}

/** The end of what a program printed. */
export function lastWords({ stdout, stderr }: Outcome, characters = 2000): string {
  return `${stdout}\n${stderr}`.trim().slice(-characters);
}
