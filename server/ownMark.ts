import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { identityOf } from "./processIdentity.ts";

/** Mark in the name of a file being written, by which others see whether it is left over: host and pid. */
export const ownMark = (): string => `${hostMark()}.${process.pid}`;

/**
 * Whether the process in a file's mark may still be writing it; undefined for one on another machine.
 */
export function isMarkAlive(host: string, pid: string): boolean | undefined {
  if (host !== hostMark()) return undefined;
  return identityOf(Number(pid)) !== undefined;
}

const hostMark = (): string => createHash("sha256").update(hostname()).digest("hex").slice(0, 8);
