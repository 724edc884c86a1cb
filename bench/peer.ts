import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const python = here(".venv/bin/python");

/** The PyTorch side of the bench: a process that answers each command with one JSON line. */
export interface Peer {
  readonly versions: Readonly<Record<string, unknown>>;
  ask<T>(command: Readonly<Record<string, unknown>>): Promise<T>;
  close(): void;
}

/** Runs `measure` with a new peer, which ends with it. */
export async function withPeer<T>(threads: number, measure: (peer: Peer) => Promise<T>): Promise<T> {
  const peer = await startPeer(threads);
  try {
    return await measure(peer);
  } finally {
    peer.close();
  }
}

/** Starts the peer in a virtual environment that the first use creates. */
async function startPeer(threads: number): Promise<Peer> {
  if (!existsSync(python)) {
    console.log("Making a Python environment with PyTorch for the peer …");
    execFileSync("python3", ["-m", "venv", here(".venv")], { stdio: "inherit" });
    execFileSync(
      here(".venv/bin/pip"),
      ["install", "--quiet", "torch", "numpy", "pillow", "pyarrow", "onnx"],
      {
        stdio: "inherit",
      },
    );
  }
  const child: ChildProcess = spawn(python, [here("peer.py"), String(threads)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines: AsyncIterator<string> = (
    createInterface({ input: child.stdout as NodeJS.ReadableStream }) as Interface
  )[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error("The peer has ended.");
    return JSON.parse(value) as unknown;
  };
  return {
    versions: (await next()) as Record<string, unknown>,
    async ask<T>(command: Readonly<Record<string, unknown>>) {
      child.stdin?.write(`${JSON.stringify(command)}\n`);
      return (await next()) as T;
    },
    close: () => child.stdin?.end(),
  };
}
