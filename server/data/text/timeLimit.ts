import { createContext, Script } from "node:vm";

/** What {@link within} gives where the work took longer. */
export const tookTooLong: unique symbol = Symbol("took too long");

const context = createContext({ work: () => {} });
const script = new Script("work()");

/**
 * Runs code that may never come to an end by itself, such as a regular expression out of a file: V8 ends it inside of a match,
 * too, which no timer of this thread could. What the code worked on may be half done then, and is not to be used again.
 * A call costs about 0.1 ms, for the thread that watches.
 */
export function within<T>(milliseconds: number, work: () => T): T | typeof tookTooLong {
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
