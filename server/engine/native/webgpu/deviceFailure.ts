import { EngineError } from "../tensorflow/engineError.ts";

/** Waits for what the device is asked to do. @throws EngineError out-of-memory or device-failed */
export async function onDevice<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw deviceFailure(what, error as Error);
  }
}

export const isDeviceFailure = (error: unknown): boolean =>
  error instanceof EngineError && error.code === "device-failed";

/**
 * Turns what ONNX Runtime throws while the device computes into a sentence. A device that is lost, because its driver was reset
 * or the card was taken away, shows at the next number that is read from it; nothing more can be done on it in this process.
 */
function deviceFailure(what: string, { message }: Error): EngineError {
  if (/Too many storage buffers|maxBufferSize|out of memory/i.test(message))
    return new EngineError(
      "out-of-memory",
      `The WebGPU device cannot hold what ${what} needs.`,
      "Lower data.batchSize, or go on on the CPU: distill resume RUN --device cpu",
      message,
    );
  return new EngineError(
    "device-failed",
    `The WebGPU device failed in ${what}: ${withoutPlaces(message)}`,
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
