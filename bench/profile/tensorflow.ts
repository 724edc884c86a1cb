import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { findCompiler } from "../../server/engineInstaller/tools.ts";
import { lastWords, run } from "../../server/subprocess.ts";
import type { StepOptions } from "../steps.ts";
import type { Workload } from "../workloads.ts";
import { profiledStep } from "./profile.ts";
import type { Measured } from "./rounds.ts";
import { tracedRuns } from "./runMetadata.ts";
import type { TensorflowTimes } from "./tensorflowSteps.ts";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/**
 * TensorFlow with its own trace of a run. The addon cannot request one, so the executor runs in a process with
 * traceRuns.cc in between; the session is the same with and without the trace.
 */
export async function profileTensorflow(
  { name }: Workload,
  { batch, teacher, threads }: StepOptions & { threads: number },
): Promise<Measured> {
  if (process.platform !== "linux") throw new Error("TensorFlow is profiled on Linux only.");
  const folder = await mkdtemp(path.join(tmpdir(), "bench-profile-"));
  try {
    const library = path.join(folder, "traceRuns.so");
    const { command } = await findCompiler(folder);
    await succeed(command, [
      "-std=c++17",
      "-O2",
      "-shared",
      "-fPIC",
      here("traceRuns.cc"),
      "-o",
      library,
      "-ldl",
    ]);
    const [trace, times] = [path.join(folder, "trace"), path.join(folder, "times.json")];
    await succeed(
      process.execPath,
      [here("tensorflowSteps.ts"), JSON.stringify({ name, batch, teacher, threads, trace, times })],
      { LD_PRELOAD: library },
    );
    const { plain, profiled } = JSON.parse(await readFile(times, "utf8")) as TensorflowTimes;
    const runs = tracedRuns(await readFile(trace));
    if (runs.length !== profiled.length)
      throw new Error(`The trace has ${runs.length} runs; there were ${profiled.length}.`);
    return { plain, profiled: runs.map((spans, i) => profiledStep(profiled[i] as number, spans)) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function succeed(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
  const outcome = await run(command, args, { env: { ...process.env, ...env } });
  if (outcome.code !== 0) throw new Error(`${command} failed: ${lastWords(outcome)}`);
}
