import { unwatchFile, watchFile } from "node:fs";
import { complain, type ExitCode, exit, type Terminal } from "../terminal/terminal.ts";
import { type RunOptions, run } from "./run.ts";

/**
 * `distill run FILE --watch`: runs the file, and again whenever it is saved, after stopping the current run with a checkpoint.
 * Ends with Ctrl-C.
 */
export async function runAndWatch(file: string, options: RunOptions, terminal: Terminal): Promise<ExitCode> {
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
    wake();
  };
  let wake = () => {};
  let restart = new AbortController();
  let saved = false;
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  // Polled: editors replace a file on saving, which watchers of the old one do not see.
  watchFile(file, { interval: 200 }, (now, before) => {
    if (now.mtimeMs === before.mtimeMs && now.size === before.size) return;
    saved = true;
    restart.abort();
    wake();
  });
  try {
    let code: ExitCode = exit.done;
    while (!interrupted) {
      saved = false;
      restart = new AbortController();
      code = await run(file, { ...options, signal: restart.signal }, terminal);
      if (interrupted) break;
      if (!saved) {
        complain(terminal, "Waiting until the file is saved; Ctrl-C ends.");
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
    return code;
  } finally {
    unwatchFile(file);
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}
