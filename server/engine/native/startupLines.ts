import { fstatSync, ftruncateSync, readFileSync, writeSync } from "node:fs";

const stderr = 2;

/** What TensorFlow prints when it is loaded, whatever its log level: no setting keeps it from that. */
const startupLine =
  /^(?:WARNING: All log messages before absl::InitializeLog\(\) is called are written to STDERR|.*oneDNN custom operations are on\..*)\n/gm;

/**
 * Loads something that speaks while it loads, and takes its usual words back from the file that this process writes its
 * errors to, a trainer's log. A terminal or a pipe cannot take anything back.
 */
export function withoutStartupLines<T>(load: () => T): T {
  const before = appendedSize();
  const loaded = load();
  if (before !== undefined) takeBack(before, startupLine);
  return loaded;
}

/** The same of something that takes its time. @param usual matches whole lines, with the `g` and `m` flags */
export async function withoutLines<T>(usual: RegExp, load: () => Promise<T>): Promise<T> {
  const before = appendedSize();
  const loaded = await load();
  if (before !== undefined) takeBack(before, usual);
  return loaded;
}

/** Bytes of the file behind standard error, where it is one that every write goes to the end of. */
function appendedSize(): number | undefined {
  try {
    const file = fstatSync(stderr);
    if (!file.isFile()) return undefined;
    // Without O_APPEND the next write would leave a hole behind what is cut off.
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${stderr}`, "utf8"))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & 0o2000) !== 0 ? file.size : undefined;
  } catch {
    return undefined; // Closed, or a system without /proc.
  }
}

function takeBack(before: number, usual: RegExp): void {
  try {
    const said = readFileSync(`/proc/self/fd/${stderr}`).subarray(before).toString("utf8");
    const rest = said.replace(usual, "");
    if (rest === said) return;
    ftruncateSync(stderr, before);
    if (rest !== "") writeSync(stderr, rest);
  } catch {
    // Two lines too many are no reason to fail.
  }
}
