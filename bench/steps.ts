import { distillationProgram } from "../server/engine/distill/program.ts";
import { loadOnnxRuntime } from "../server/engine/native/onnxruntime.ts";
import type { Data, Executor } from "../server/engine/program.ts";
import type { Peer } from "./peer.ts";
import { format, quantile, rounded, type Spread, spread } from "./statistics.ts";
import { type Workload, workloads } from "./workloads.ts";

export interface StepResult {
  readonly workload: string;
  readonly batch: number;
  readonly teacher: "cached" | "loop";
  /** Of the medians. */
  readonly ratioToPyTorch: number;
  readonly target?: number;
  readonly ms: Spread;
  readonly pytorchMs: Spread;
}

const rounds = 12;

/**
 * The training step against PyTorch's: both sides in turn, a few steps each, so that a slower moment of the machine
 * meets both. Batch 128, AdamW, α 0.7, T 3.
 */
export async function benchSteps(
  peer: Peer,
  { threads, only }: { threads: number; only?: string },
): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (const workload of workloads()) {
    if (only !== undefined && workload.name !== only) continue;
    for (const teacher of ["cached", "loop"] as const)
      results.push(await compare(workload, teacher, peer, threads));
  }
  return results;
}

async function compare(
  workload: Workload,
  teacher: "cached" | "loop",
  peer: Peer,
  threads: number,
): Promise<StepResult> {
  const batch = 128;
  const { step, dispose } = await prepareStep(workload, { batch, teacher, threads });
  const command = { do: "step", workload: workload.name, batch, teacher };
  const count = await stepsPerRound(step);
  const ours: number[] = [];
  const theirs: number[] = [];
  await peer.ask({ ...command, steps: 2 });
  for (let round = 0; round < rounds; round++) {
    await step();
    for (let i = 0; i < count; i++) ours.push(await timed(step));
    theirs.push(...(await peer.ask<{ ms: number[] }>({ ...command, steps: count })).ms);
  }
  await dispose();
  const result = {
    workload: workload.name,
    batch,
    teacher,
    ratioToPyTorch: rounded(quantile(ours, 0.5) / quantile(theirs, 0.5)),
    ...(workload.target !== undefined && teacher === "cached" ? { target: workload.target } : {}),
    ms: spread(ours),
    pytorchMs: spread(theirs),
  };
  console.log(
    `  ${workload.name.padEnd(10)} teacher ${teacher.padEnd(6)} ratio ${result.ratioToPyTorch.toFixed(2)}` +
      `${result.target === undefined ? "" : ` (to reach ${result.target})`}  ` +
      `${format(result.ms)} ms, PyTorch ${format(result.pytorchMs)} ms`,
  );
  return result;
}

export interface PreparedStep {
  readonly step: () => Promise<void>;
  readonly dispose: () => Promise<void>;
}

/** One training step of a workload on random samples, ready to be run again and again. */
export async function prepareStep(
  { student, teacher: net }: Workload,
  { batch, teacher, threads }: { batch: number; teacher: "cached" | "loop"; threads: number },
): Promise<PreparedStep> {
  const program = distillationProgram({
    student,
    losses: [
      { type: "kd", temperature: 3, weight: 0.7 },
      { type: "ce", weight: 0.3 },
    ],
    optimizer: { type: "adamw", learningRate: 1e-3 },
    teacher: teacher === "cached" ? "fed" : { net, input: "shared", outputs: "logits" },
    batchSizes: [batch],
    evaluationBatchSizes: [],
  });
  const executor: Executor = await loadOnnxRuntime(
    program,
    program.initialState(student.initial(1), net.initial(2)),
    {
      threads,
    },
  );
  const entry = program.entries[0];
  if (entry === undefined) throw new Error("The program has no entry.");
  const feeds: Record<string, Data> = {};
  for (const [name, { shape, dtype }] of Object.entries(entry.inputs)) {
    const size = shape.reduce((product, extent) => product * extent, 1);
    feeds[name] =
      dtype === "int32"
        ? Int32Array.from({ length: size }, (_, i) => i % 10)
        : Float32Array.from({ length: size }, (_, i) => (i * 0.618034) % 1);
  }
  let at = 0;
  return {
    async step() {
      for (const [name, value] of Object.entries(program.hyperparameters(at)))
        feeds[name] = Float32Array.of(value);
      at += 1;
      await executor.run(entry.name, feeds);
    },
    dispose: () => executor.dispose(),
  };
}

/** As many steps as take about 150 ms, at least 3. */
async function stepsPerRound(step: () => Promise<void>): Promise<number> {
  await step();
  await step();
  const ms = await timed(step);
  return Math.max(3, Math.min(40, Math.round(150 / ms)));
}

export async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}
