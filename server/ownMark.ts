import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { identityOf } from "./processIdentity.ts";

/** What the name of a file that a process is still writing carries, so that others see whether it is left over: host and pid. */
export const ownMark = (): string => `${hostMark()}.${process.pid}`;

/**
 * Whether the process that a file's name carries the mark of may still be writing it. Of one on another machine that cannot
 * be seen: undefined.
 */
export function isMarkAlive(host: string, pid: string): boolean | undefined {
  if (host !== hostMark()) return undefined;
  return identityOf(Number(pid)) !== undefined;
}

const hostMark = (): string => createHash("sha256").update(hostname()).digest("hex").slice(0, 8);
