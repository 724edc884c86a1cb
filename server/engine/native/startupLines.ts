import { fstatSync, ftruncateSync, readFileSync, writeSync } from "node:fs";

const stderr = 2;

/** Lines that TensorFlow prints when it is loaded at any log level. */
const startupLine =
  /^(?:WARNING: All log messages before absl::InitializeLog\(\) is called are written to STDERR|.*oneDNN custom operations are on\..*)\n/gm;

/**
 * Loads a library that prints while it loads, and removes its usual lines from the file behind standard error, a trainer's log.
 * They stay on a terminal or a pipe.
 */
export function withoutStartupLines<T>(load: () => T): T {
  const before = appendedSize();
  const loaded = load();
  if (before !== undefined) takeBack(before, startupLine);
  return loaded;
}

/** The same for an asynchronous load. @param usual matches whole lines, with the `g` and `m` flags */
export async function withoutLines<T>(usual: RegExp, load: () => Promise<T>): Promise<T> {
  const before = appendedSize();
  const loaded = await load();
  if (before !== undefined) takeBack(before, usual);
  return loaded;
}

/** Size of the file behind standard error, if it is opened for appending. */
function appendedSize(): number | undefined {
  try {
    const file = fstatSync(stderr);
    if (!file.isFile()) return undefined;
    // Without O_APPEND the next write would leave a hole after truncation.
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${stderr}`, "utf8"))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & 0o2000) !== 0 ? file.size : undefined;
  } catch {
    return undefined; // Closed, or a system without /proc.
  }
}

function takeBack(before: number, usual: RegExp): void {
  try {
    const written = readFileSync(`/proc/self/fd/${stderr}`).subarray(before).toString("utf8");
    const rest = written.replace(usual, "");
    if (rest === written) return;
    ftruncateSync(stderr, before);
    if (rest !== "") writeSync(stderr, rest);
  } catch {
    // Extra lines are no reason to fail.
  }
}
