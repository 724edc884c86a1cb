import { createContext, Script } from "node:vm";

/** What {@link within} gives where the work took longer. */
export const tookTooLong: unique symbol = Symbol("took too long");

const context = createContext({ work: () => {} });
const script = new Script("work()");

/** A process that was stopped, or a computer that slept, has used up its time without working. */
const mostTries = 3;

/**
 * Runs code that may never come to an end by itself, such as a regular expression out of a file: V8 ends it inside of a match,
 * too, which no timer of this thread could. What the code worked on may be half done then, and is not to be used again.
 * It is called anew where the time passed without half of it being computed, and may go on where it was. A call costs about 0.1 ms, for the thread that watches.
 */
export function within<T>(milliseconds: number, work: () => T): T | typeof tookTooLong {
  for (let tries = 1; ; tries++) {
    const before = computed();
    const result = once(milliseconds, work);
    const isSpent = computed() - before > milliseconds / 2;
    if (result !== tookTooLong || isSpent || tries === mostTries) return result;
  }
}

function once<T>(milliseconds: number, work: () => T): T | typeof tookTooLong {
  let result: T | typeof tookTooLong = tookTooLong;
  context["work"] = () => {
    result = work();
  };
  try {
    script.runInContext(context, { timeout: milliseconds });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
  } finally {
    context["work"] = undefined;
  }
  return result;
}

/** Processor time of this thread in ms; of the whole process before Node 23.9. */
function computed(): number {
  const { user, system } = (process.threadCpuUsage ?? process.cpuUsage).call(process);
  return (user + system) / 1000;
}
