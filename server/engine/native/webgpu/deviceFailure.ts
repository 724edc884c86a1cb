import { EngineError } from "../../../engineError.ts";
import { footprint } from "../../graph/footprint.ts";
import type { Graph } from "../../graph/graph.ts";
import { isOutOfMemory, OutOfMemory, workOf } from "../outOfMemory.ts";
import { LoggedErrors } from "./loggedErrors.ts";

const logged = new LoggedErrors();

/**
 * Awaits work on the device. A lost device, after a driver reset or a removed card, shows at the next read; it cannot be used
 * again in this process.
 * @param what the graph, or other work in words
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
  // The device's memory is not known.
  if (typeof what !== "string" && tooLarge)
    return new OutOfMemory(workOf(what.name, footprint(what), undefined), {
      device: "WebGPU device",
      detail: message,
    });
  return new EngineError(
    "device-failed",
    `The WebGPU device failed in ${typeof what === "string" ? what : what.name}: ${withoutPlaces(message)}`,
    "Resume the run from its last checkpoint; distill resume RUN --device cpu continues without the device.",
    message,
  );
}

/** Without source locations of the runtime, on one line. */
const withoutPlaces = (message: string): string =>
  message
    .replace(/\/\S+\.(?:cc|cpp|h):\d+ /g, "")
    .replace(/\s+/g, " ")
    .trim();
