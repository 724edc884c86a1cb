import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** A heap that is worth a collection of some tens of milliseconds. */
const muchBytes = 2 ** 27;

/**
 * Gives back what reading samples has left on the heap: V8 keeps hundreds of megabytes until it needs the room itself, and does not
 * know that a runtime beside it, or a limit of the container, needs it first.
 */
export function collectGarbage(): void {
  if (process.memoryUsage().heapTotal < muchBytes) return;
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}
