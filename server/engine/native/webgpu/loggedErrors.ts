import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const stderr = 2;
const deviceError = /WebGPU device error\(\d+\): (.*)/;

/**
 * Most errors of the device reach no caller: ONNX Runtime writes them to standard error and goes on, with whatever numbers the
 * buffers held (webgpu_context.cc, SetUncapturedErrorCallback). Where that is a file, as it is a trainer's log, what has come to it is
 * looked at after each call; a terminal or a pipe cannot be read.
 */
export class LoggedErrors {
  #read = sizeOfLog() ?? 0;

  /** The first error that has been logged since the last time that this was asked. */
  next(): string | undefined {
    const size = sizeOfLog();
    if (size === undefined || size === this.#read) return undefined;
    const from = Math.min(this.#read, size); // Someone may have cut it off.
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
    // What writes it cannot read it: it is opened anew.
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
