import { EngineError } from "../../../engineError.ts";
import { footprint } from "../../graph/footprint.ts";
import type { Graph } from "../../graph/graph.ts";
import { isOutOfMemory, OutOfMemory, workOf } from "../outOfMemory.ts";
import { LoggedErrors } from "./loggedErrors.ts";

const logged = new LoggedErrors();

/**
 * Waits for what the device is asked to do. One that is lost, because its driver was reset or the card was taken away, shows at
 * the next number that is read from it; nothing more can be done on it in this process.
 * @param what the graph that is run, or other work in words
 * @throws OutOfMemory, or EngineError of the code device-failed
 */
export async function onDevice<T>(what: Graph | string, work: Promise<T>): Promise<T> {
  try {
    const result = await work;
    const error = logged.next();
    if (error === undefined) return result;
    throw new Error(error);
  } catch (error) {
    throw explained(what, error as Error);
  }
}

export const isDeviceFailure = (error: unknown): boolean =>
  error instanceof EngineError && error.code === "device-failed";

function explained(what: Graph | string, { message }: Error): Error {
  const tooLarge = isOutOfMemory(message) || /Too many storage buffers/.test(message);
  // How much memory the device has is not known.
  if (typeof what !== "string" && tooLarge)
    return new OutOfMemory(workOf(what.name, footprint(what), undefined), {
      device: "WebGPU device",
      detail: message,
    });
  return new EngineError(
    "device-failed",
    `The WebGPU device failed in ${typeof what === "string" ? what : what.name}: ${withoutPlaces(message)}`,
    "Resume the run: it goes on from its last checkpoint. distill resume RUN --device cpu goes on without the device.",
    message,
  );
}

/** Without the places in the runtime's own source, and on one line. */
const withoutPlaces = (message: string): string =>
  message
    .replace(/\/\S+\.(?:cc|cpp|h):\d+ /g, "")
    .replace(/\s+/g, " ")
    .trim();
