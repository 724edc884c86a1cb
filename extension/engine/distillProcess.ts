import { spawn } from "node:child_process";
import path from "node:path";
import { LineReader } from "./lines.ts";

export interface DistillProcess {
  /** The Node that runs it, and its environment. */
  readonly node: { readonly path: string; readonly environment: Readonly<Record<string, string>> };
  /** Path of cli.mjs. */
  readonly cli: string;
  readonly args: readonly string[];
  /** Asks it to stop, as Ctrl+C does; it cleans up first. */
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string) => void;
  /** Takes what writes a line to its input; without it, its input is empty. */
  readonly onInput?: (write: (line: string) => void) => void;
}

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly endSignal: NodeJS.Signals | null;
  readonly stdout: string;
  /** The end of its error output. */
  readonly stderr: string;
}

/** Time to clean up after a cancellation; the next installation removes what is left. */
const patienceMs = 20_000;
const keptCharacters = 64 * 1024;

/** Runs `distill` to its end. Rejects only where it cannot be started. */
export function runDistill({ node, cli, args, signal, onLine, onInput }: DistillProcess): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(node.path, [cli, ...args], {
      // Not in the workspace: npm and pip would read its settings.
      cwd: path.dirname(cli),
      env: { ...process.env, ...node.environment },
      stdio: ["pipe", "pipe", "pipe"],
      windowsHide: true,
    });
    child.stdin.on("error", () => {}); // It has ended; `close` says how.
    if (onInput === undefined) child.stdin.end();
    else onInput((line) => child.stdin.write(`${line}\n`));
    let killing: NodeJS.Timeout | undefined;
    const stop = () => {
      child.kill("SIGINT");
      killing = setTimeout(() => child.kill("SIGKILL"), patienceMs);
    };
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });

    let stdout = "";
    let stderr = "";
    const lines = new LineReader((line) => onLine?.(line));
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (onLine) lines.add(text);
      else stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(-keptCharacters);
    });
    const settle = () => {
      clearTimeout(killing);
      signal?.removeEventListener("abort", stop);
    };
    child.on("error", (error) => {
      settle();
      reject(new Error(`${node.path} could not be started: ${error.message}`));
    });
    child.on("close", (code, endSignal) => {
      settle();
      lines.end();
      resolve({ code, endSignal, stdout, stderr: stderr.trim() });
    });
  });
}
