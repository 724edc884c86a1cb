import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Process ids are used again; a pid together with the time when the process started is not. */
export interface ProcessIdentity {
  readonly pid: number;
  /** On Linux, boot id and clock ticks since boot; elsewhere the start time that `ps` shows; "" where neither is known. */
  readonly startTime: string;
}

export function identityOf(pid: number): ProcessIdentity | undefined {
  const startTime = startTimeOf(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

/**
 * Where the start time is not known, a process with that pid counts as alive. On Linux it is always known.
 */
export function isAlive({ pid, startTime }: ProcessIdentity): boolean {
  const current = startTimeOf(pid);
  if (current === undefined || current === startTime) return current !== undefined;
  return process.platform !== "linux" && (current === "" || startTime === "");
}

/** Whether this very process has the pid now. Used before a signal is sent; unknown means no. */
export const isProven = ({ pid, startTime }: ProcessIdentity): boolean =>
  startTimeOf(pid) === startTime && (startTime !== "" || process.platform === "win32");

/** `T` where a signal stopped the process, `t` where a debugger did; undefined for any other. */
export function suspension(pid: number): "T" | "t" | undefined {
  const state = process.platform === "linux" ? linuxStat(pid)?.[0] : psState(pid);
  return state === "T" || state === "t" ? state : undefined;
}

/** Where a process's start time tells the boot. */
export function isOfThisBoot({ startTime }: ProcessIdentity): boolean {
  return process.platform === "linux" && startTime.startsWith(`${bootId()}:`);
}

/** undefined: no such process, or a zombie. */
function startTimeOf(pid: number): string | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return process.platform === "linux" ? linuxStartTime(pid) : otherStartTime(pid);
}

function linuxStartTime(pid: number): string | undefined {
  const [state, ...fields] = linuxStat(pid) ?? ["X"];
  return state === "Z" || state === "X" ? undefined : `${bootId()}:${fields[18]}`;
}

/** From the third field on. The second is the program's name in brackets and may hold spaces and brackets itself. */
function linuxStat(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

let boot: string | undefined;
function bootId(): string {
  boot ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return boot;
}

function otherStartTime(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return undefined;
  }
  return ps("lstart=", pid) ?? "";
}

const psState = (pid: number): string | undefined =>
  process.platform === "win32" ? undefined : ps("state=", pid)?.charAt(0);

function ps(column: string, pid: number): string | undefined {
  try {
    return execFileSync("ps", ["-o", column, "-p", String(pid)], {
      encoding: "utf8",
      // Days and months have other names in other languages.
      env: { ...process.env, LC_ALL: "C" },
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return undefined;
  }
}
