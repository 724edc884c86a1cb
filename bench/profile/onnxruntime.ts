import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareStep, type StepOptions, stepsPerRound, timed } from "../steps.ts";
import type { Workload } from "../workloads.ts";
import { type ProfiledStep, profiledStep, type Span } from "./profile.ts";
import { type Measured, rounds } from "./rounds.ts";

/** An event of the runtime's profile, in the trace event format; times in microseconds. */
export interface OrtEvent {
  readonly cat: string;
  readonly name: string;
  readonly ts: number;
  readonly dur: number;
  readonly args: { readonly op_name?: string };
}

/** The built-in engine under ONNX Runtime's own profiler, in turn with the same session without it. */
export async function profileOnnxRuntime(
  workload: Workload,
  options: StepOptions & { threads: number },
): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "bench-profile-"));
  try {
    const plain = await prepareStep(workload, options);
    const profiled = await prepareStep(workload, { ...options, profile: join(folder, "onnxruntime") });
    const times = { plain: [] as number[], profiled: [] as number[] };
    const count = await stepsPerRound(plain.step);
    for (let round = 0; round < rounds; round++) {
      await plain.step(); // wakes the threads
      for (let i = 0; i < count; i++) times.plain.push(await timed(plain.step));
      for (let i = 0; i < count; i++) times.profiled.push(await timed(profiled.step));
    }
    await plain.dispose();
    await profiled.dispose();
    const [file] = readdirSync(folder);
    if (file === undefined) throw new Error("ONNX Runtime has written no profile.");
    const events = JSON.parse(readFileSync(join(folder, file), "utf8")) as OrtEvent[];
    // The first one of a round wakes the threads.
    return {
      plain: times.plain,
      profiled: stepsOf(events, times.profiled).filter((_, i) => i % count > 0),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param times milliseconds of each run of the session, measured outside */
export function stepsOf(events: readonly OrtEvent[], times: readonly number[]): ProfiledStep[] {
  const runs = events.filter(({ name }) => name === "model_run");
  if (runs.length !== times.length)
    throw new Error(`The profile has ${runs.length} runs; there were ${times.length}.`);
  const spans = events.flatMap(({ cat, ts, dur, args }): Span[] =>
    cat === "Node" && args.op_name !== undefined
      ? [{ op: args.op_name, start: ts / 1e3, end: (ts + dur) / 1e3 }]
      : [],
  );
  let at = 0;
  return runs.map(({ ts, dur }, run) => {
    const first = at;
    while (at < spans.length && (spans[at] as Span).start <= (ts + dur) / 1e3) at += 1;
    return profiledStep(times[run] as number, spans.slice(first, at));
  });
}
