import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const stderr = 2;
const deviceError = /WebGPU device error\(\d+\): (.*)/;

/**
 * Most device errors reach no caller: ONNX Runtime logs them to standard error and continues with the buffers' old contents
 * (webgpu_context.cc, SetUncapturedErrorCallback). Where standard error is a file, as in a trainer, new lines are read after
 * each call; a terminal or a pipe cannot be read.
 */
export class LoggedErrors {
  #read = sizeOfLog() ?? 0;

  /** The first error logged since the last call. */
  next(): string | undefined {
    const size = sizeOfLog();
    if (size === undefined || size === this.#read) return undefined;
    const from = Math.min(this.#read, size); // It may have been truncated.
    this.#read = size;
    return deviceError.exec(part(from, size))?.[1];
  }
}

function sizeOfLog(): number | undefined {
  try {
    const file = fstatSync(stderr);
    return file.isFile() ? file.size : undefined;
  } catch {
    return undefined; // Closed.
  }
}

function part(from: number, to: number): string {
  try {
    // The descriptor is write-only, so the file is opened again.
    const file = openSync(`/proc/self/fd/${stderr}`, "r");
    try {
      const bytes = Buffer.alloc(to - from);
      return bytes.toString("utf8", 0, readSync(file, bytes, 0, bytes.length, from));
    } finally {
      closeSync(file);
    }
  } catch {
    return ""; // A system without /proc.
  }
}
