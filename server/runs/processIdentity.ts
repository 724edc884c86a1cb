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

export function isAlive({ pid, startTime }: ProcessIdentity): boolean {
  const current = startTimeOf(pid);
  return current !== undefined && (current === startTime || current === "" || startTime === "");
}

/** Where a process's start time tells the boot. */
export function isOfThisBoot({ startTime }: ProcessIdentity): boolean {
  return process.platform === "linux" && startTime.startsWith(`${bootId()}:`);
}

/** undefined: there is no such process, or it is dead and only waits for its parent to notice. */
function startTimeOf(pid: number): string | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return process.platform === "linux" ? linuxStartTime(pid) : otherStartTime(pid);
}

function linuxStartTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in brackets and may hold spaces and brackets itself.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (state === "Z" || state === "X") return undefined;
    return `${bootId()}:${fields[18]}`;
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
  try {
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "";
  }
}
