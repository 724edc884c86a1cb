import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { dirname } from "node:path";

export interface Outcome {
  /** Null when a signal ended it; 127 when it could not be started. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SubprocessOptions {
  /**
   * Default: Node's own folder, never this process's working directory, which may be untrusted: Python imports modules from it,
   * npm reads settings, and Windows runs programs.
   */
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  /** Sent to a program of Node's, over a channel that ends with either process. */
  readonly message?: object;
  /** Hears what it answers. */
  readonly onMessage?: (answer: unknown) => void;
  readonly timeout?: number;
  /** Characters at the end of each output that are kept; enough to explain a failure when absent. */
  readonly keptCharacters?: number;
}

/**
 * Runs a program without a shell. Its status is a result, not an exception; only an abort rejects, once the program and its
 * children are gone, because until then they may still be writing.
 */
export function run(
  command: string,
  args: readonly string[],
  {
    timeout,
    signal,
    cwd = dirname(process.execPath),
    keptCharacters = 64 * 1024,
    message,
    onMessage = () => {},
    ...options
  }: SubprocessOptions = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(aborted(signal));
      return;
    }
    // Its own process group, killed as one: killing a compiler's driver leaves the compiler running.
    const settings: SpawnOptions = {
      ...options,
      cwd,
      stdio: ["ignore", "pipe", "pipe", ...(message === undefined ? [] : ["ipc" as const])],
      detached: hasGroups,
    };
    const child = spawn(command, args, settings);
    const end = () => endGroup(child);
    const timer = timeout === undefined ? undefined : setTimeout(end, timeout);
    signal?.addEventListener("abort", end);
    process.once("exit", end);
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      process.off("exit", end);
    };
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const)
      child[name]?.setEncoding("utf8").on("data", (text: string) => {
        output[name] = (output[name] + text).slice(-keptCharacters);
      });
    if (message !== undefined) {
      child.on("message", onMessage);
      // Why it could not be sent, as that the program has ended, is told by the program's end.
      child.send(message, () => {});
    }
    child.on("error", (error) => {
      settle();
      resolve({ code: 127, signal: null, stdout: "", stderr: error.message });
    });
    child.on("close", (code, endSignal) => {
      settle();
      const finish = () => {
        if (signal?.aborted) reject(aborted(signal));
        else resolve({ code, signal: endSignal, ...output });
      };
      // Its last message may still be on its way.
      if (child.connected) child.once("disconnect", finish);
      else finish();
    });
  });
}

/** One error name for any abort reason. */
function aborted({ reason }: AbortSignal): Error {
  return Object.assign(new Error("The program was cancelled.", { cause: reason }), { name: "AbortError" });
}

const hasGroups = process.platform !== "win32";

function endGroup(child: ChildProcess): void {
  try {
    if (hasGroups && child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
    else child.kill();
  } catch {
    // It has ended by itself.
  }
}

/** The end of a program's output. */
export function lastWords({ stdout, stderr }: Outcome, characters = 2000): string {
  return `${stdout}\n${stderr}`.trim().slice(-characters);
}
