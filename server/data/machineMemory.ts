import { totalmem } from "node:os";

/** Bytes of memory that this machine, or the control group of this process, has: taken or not. */
export function machineMemory(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(totalmem(), constrained) : totalmem();
}
