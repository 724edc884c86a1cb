import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { signal } from "../support/signal.ts";

/**
 * Everything that a session starts inherits this mark in its environment, detached trainers too, so that the session
 * ends exactly those, whoever their parent is by then.
 */
export const mark = "DISTILLERY_E2E_RUN";

export interface MarkedProcess {
  readonly pid: number;
  readonly command: string;
}

export function markedProcesses(id: string): MarkedProcess[] {
  const needle = `${mark}=${id}\0`;
  const found: MarkedProcess[] = [];
  for (const name of fs.readdirSync("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    try {
      if (!fs.readFileSync(`/proc/${name}/environ`, "latin1").includes(needle)) continue;
      if (/^State:\s+Z/m.test(fs.readFileSync(`/proc/${name}/status`, "latin1"))) continue;
      const command = fs.readFileSync(`/proc/${name}/cmdline`, "latin1").replaceAll("\0", " ").trim();
      found.push({ pid: Number(name), command });
    } catch {
      // It ended meanwhile, or belongs to somebody else.
    }
  }
  return found;
}

// VS Code puts unix sockets below a session's folder, and their paths must stay below 108 characters.
const base = os.tmpdir().length > 30 ? "/tmp" : os.tmpdir();
const prefix = "distillery-e2e-";

export const newSessionFolder = (): string => fs.mkdtempSync(path.join(base, prefix));

/** Who a session's folder belongs to, with the process' start time: a pid alone may be somebody else's by now. */
export function own(root: string, id: string): void {
  const owner = { id, pid: process.pid, start: startOf(process.pid) };
  fs.writeFileSync(path.join(root, "owner.json"), JSON.stringify(owner));
}

/** A test process that was killed outright could not clean up: the next one does it. */
export function sweep(): void {
  for (const name of fs.readdirSync(base).filter((entry) => entry.startsWith(prefix))) {
    const root = path.join(base, name);
    try {
      const owner = JSON.parse(fs.readFileSync(path.join(root, "owner.json"), "utf8"));
      if (startOf(owner.pid) === owner.start) continue;
      for (const { pid } of markedProcesses(owner.id)) signal(pid, "SIGKILL");
      fs.rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    } catch {
      // There is no owner's file: kept on purpose, or just being made.
    }
  }
}

function startOf(pid: number): string | undefined {
  try {
    return fs.readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)?.split(" ")[19];
  } catch {
    return undefined;
  }
}
