import { availableParallelism } from "node:os";
import { ownCommandLine } from "../packageRoot.ts";
import { lastWords, run } from "../subprocess.ts";
import { type Shards, threadsVariable } from "./executor.ts";

/** On this machine, as many at once as are asked for, with their share of the cores. Ctrl-C ends those that are at work. */
export async function fillHere(
  { file, runs, of, findMissing, jobs = availableParallelism() }: Shards,
  tell: (line: string) => void,
): Promise<readonly number[]> {
  const missing = await findMissing();
  const atOnce = Math.min(jobs, missing.length);
  const threads = Math.max(1, Math.floor(availableParallelism() / atOnce));
  const env = { ...process.env, [threadsVariable]: String(threads) };
  const stop = new AbortController();
  const abort = () => stop.abort();
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.once(signal, abort);
  const left = [...missing];
  const died: number[] = [];
  const lane = async () => {
    for (let index = left.shift(); index !== undefined; index = left.shift()) {
      const words = [
        ownCommandLine(),
        "teacher",
        file,
        "--shard",
        `${index}/${of}`,
        "--runs-directory",
        runs,
      ];
      const outcome = await run(process.execPath, words, { env, signal: stop.signal });
      if (outcome.code === 0) tell(`Part ${index} of ${of} is done.`);
      else {
        died.push(index);
        const end = outcome.signal ?? `exit code ${outcome.code}`;
        tell(`Part ${index} of ${of} has died (${end}): ${lastWords(outcome, 300)}`);
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, lane));
    return died;
  } finally {
    for (const signal of signals) process.off(signal, abort);
  }
}
