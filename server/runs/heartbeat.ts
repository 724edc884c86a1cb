import { closeSync, futimesSync, openSync, readFileSync, writeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";

/**
 * A thread that shows that a trainer is alive, even while a native call blocks the main thread. It ends and is suspended with
 * the process, and reports once when the lock at `path` is no longer this trainer's.
 */
export interface Heartbeat {
  readonly path: string;
  /** The lock's content when it was taken. */
  readonly text: string;
  readonly everyMs: number;
}

const port = parentPort;
if (port) touchWhileLocked(workerData as Heartbeat, () => port.postMessage("lost"));

/** Touches the lock now and periodically, until it is another's or gone. */
export function touchWhileLocked({ path, text, everyMs }: Heartbeat, lost: () => void): void {
  const beating = setInterval(beat, everyMs);
  beat();

  function beat(): void {
    let file: number;
    try {
      file = openSync(path, "r+");
    } catch (error) {
      // A disk that cannot be read for a moment does not mean that the lock was lost.
      if ((error as NodeJS.ErrnoException).code === "ENOENT") end();
      return;
    }
    try {
      if (readFileSync(file, "utf8") === text) touch(file, text);
      else end();
    } catch {
      // As above.
    } finally {
      closeSync(file);
    }
  }

  function end(): void {
    clearInterval(beating);
    lost();
  }
}

/**
 * Through the open file, not its name: a replacement lock is never touched. Writes the same content, so that the file system
 * sets the time: clocks of machines that share it differ.
 */
function touch(file: number, text: string): void {
  try {
    writeSync(file, text.slice(0, 1), 0);
  } catch {
    futimesSync(file, new Date(), new Date()); // a full disk that writes elsewhere what is changed
  }
}
