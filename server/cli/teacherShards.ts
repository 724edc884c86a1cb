import { type Executor, HandedOver, type Shards } from "../executors/executor.ts";
import { complain, type ExitCode, exit, print, printJson, type Terminal } from "../terminal/terminal.ts";

/** The parts of a cache, as `--json` tells of them. */
interface ShardsJson {
  /** Absolute. */
  readonly cache: string;
  readonly parts: number;
  /** Whether all are there; otherwise they are in a cluster's queue, or at work. */
  readonly areDone: boolean;
}

/** `distill teacher FILE --shards 8` has the eighths that the cache lacks computed, each by a process of its own. */
export async function fillShards(
  { fill }: Executor,
  shards: Shards,
  { json, cache }: { readonly json: boolean; readonly cache: string },
  terminal: Terminal,
): Promise<ExitCode> {
  const { of } = shards;
  const tell = (line: string) => (json ? complain : print)(terminal, line);
  const end = (areDone: boolean, line: string): ExitCode => {
    if (json) printJson(terminal, { cache, parts: of, areDone } satisfies ShardsJson);
    else print(terminal, line);
    return exit.done;
  };
  try {
    const died = await fill(shards, tell);
    if (died.length > 0) {
      complain(terminal, `${died.length} of ${of} parts are missing. The same command computes them.`);
      return exit.failed;
    }
    return end(true, `All ${of} parts are in the cache.`);
  } catch (error) {
    if (error instanceof HandedOver)
      return end(false, "The same command says what has come of them, and has computed again what has died.");
    if (!(error instanceof Error && error.name === "AbortError")) throw error;
    complain(terminal, "Stopped. The parts that are done stay in the cache.");
    return exit.stopped;
  }
}
