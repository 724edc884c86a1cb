import { closeSync, futimesSync, openSync, readFileSync, writeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";

/**
 * The thread that shows others that a trainer lives, however long a native call keeps its main thread. It ends with the
 * process, stands still with it, and says so once when the lock at `path` is no longer the one of this trainer.
 */
export interface Heartbeat {
  readonly path: string;
  /** The content of the lock as it was taken. */
  readonly text: string;
  readonly everyMs: number;
}

const port = parentPort;
if (port) touchWhileHeld(workerData as Heartbeat, () => port.postMessage("lost"));

/** Touches the lock at once and again and again, until it is another's or gone. */
export function touchWhileHeld({ path, text, everyMs }: Heartbeat, lost: () => void): void {
  const beating = setInterval(beat, everyMs);
  beat();

  function beat(): void {
    let file: number;
    try {
      file = openSync(path, "r+");
    } catch (error) {
      // A disk that cannot be read for a moment has not given the lock to another.
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
 * By the open file, not by its name: a lock that takes this one's place is never touched. What is written is what stands
 * there, so that the time is the file system's own: clocks of machines that share it differ.
 */
function touch(file: number, text: string): void {
  try {
    writeSync(file, text.slice(0, 1), 0);
  } catch {
    futimesSync(file, new Date(), new Date()); // a full disk that writes elsewhere what is changed
  }
}
