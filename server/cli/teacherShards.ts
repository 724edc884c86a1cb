import { type Executor, HandedOver, type Shards } from "../executors/executor.ts";
import { complain, type ExitCode, exit, print, type Terminal } from "../terminal/terminal.ts";

/** `distill teacher FILE --shards 8` has the eighths that the cache lacks computed, each by a process of its own. */
export async function fillShards({ fill }: Executor, shards: Shards, terminal: Terminal): Promise<ExitCode> {
  const { of } = shards;
  try {
    const died = await fill(shards, (line) => print(terminal, line));
    if (died.length > 0) {
      complain(terminal, `${died.length} of ${of} parts are missing. The same command computes them.`);
      return exit.failed;
    }
    print(terminal, `All ${of} parts are in the cache.`);
    return exit.done;
  } catch (error) {
    if (error instanceof HandedOver) {
      print(terminal, "The same command says what has come of them, and has computed again what has died.");
      return exit.done;
    }
    if (!(error instanceof Error && error.name === "AbortError")) throw error;
    complain(terminal, "Stopped. The parts that are done stay in the cache.");
    return exit.stopped;
  }
}
