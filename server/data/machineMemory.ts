import { freemem, totalmem } from "node:os";

/** Bytes of memory that this machine, or the control group of this process, has: taken or not. */
export function machineMemory(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(totalmem(), constrained) : totalmem();
}

/**
 * Bytes that this process may still take: of the machine's, and of its control group's, which counts the pages of files that were read
 * as taken, though it gives them back.
 */
export const freeMemory = (): number => Math.min(freemem(), machineMemory() - process.memoryUsage.rss());
