import { type Distillation, distillationProgram } from "../server/engine/distill/program.ts";
import type { Graph } from "../server/engine/graph/graph.ts";
import { trace } from "../server/engine/graph/trace.ts";
import { loadOnnxRuntime } from "../server/engine/native/onnxruntime.ts";
import { loadTensorflow } from "../server/engine/native/tensorflow/executor.ts";
import type { Data, Executor, ExecutorOptions, LoadProgram, NamedData } from "../server/engine/program.ts";
import { findEngines } from "../server/installedEngines/tensorflow.ts";
import { sizeOf } from "../server/sizeOf.ts";
import { limitOf, type Rates } from "./limit.ts";
import type { Peer } from "./peer.ts";
import { format, rounded, type Spread, spread } from "./statistics.ts";
import { fileWorkload, type Workload, workloads } from "./workloads.ts";

export interface StepResult {
  readonly workload: string;
  readonly batch: number;
  readonly teacher: "cached" | "loop";
  readonly engine: string;
  /** Ratio of the medians, to PyTorch's fastest setting. */
  readonly ratioToPyTorch: number;
  /** Ratio of the tenth percentiles, which a busy machine changes less, to the lowest of all settings. */
  readonly ratioOfP10: number;
  readonly target?: number;
  /**
   * Share of the physical limit: time of the step's products and convolutions at the machine's peak and of its update at
   * the memory's, over the step's time.
   */
  readonly ofLimit: number;
  readonly ms: Spread;
  readonly pytorchMs: Spread;
  /** The fastest setting of peer.py. */
  readonly pytorchSetting: string;
}

/** An engine that trains, by its name in the tables. */
export interface Contender {
  readonly name: "onnxruntime" | "tensorflow";
  readonly load: LoadProgram;
}

/** The built-in engine, and TensorFlow where it is installed. */
export async function contenders(): Promise<readonly Contender[]> {
  const builtIn = { name: "onnxruntime", load: loadOnnxRuntime } as const;
  const installed = await findEngines();
  return installed.length === 0 ? [builtIn] : [builtIn, { name: "tensorflow", load: loadTensorflow }];
}

/** The training step of each workload against PyTorch's. */
export async function benchSteps(
  peer: Peer,
  {
    threads,
    engines,
    peak,
    only,
  }: { threads: number; engines: readonly Contender[]; peak: Rates; only?: string },
): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (const workload of [...workloads(), await fileWorkload(peer)]) {
    if (only !== undefined && workload.name !== only) continue;
    for (const teacher of ["cached", "loop"] as const) {
      const rows = await compareStep(workload, teacher, { peer, threads, engines, peak });
      for (const row of rows) print(row);
      results.push(...rows);
    }
  }
  return results;
}

/**
 * The training step against PyTorch's: all sides in turn, a few steps each, so that slow moments of the machine affect
 * all. AdamW, α 0.7, T 3.
 */
export async function compareStep(
  workload: Workload,
  teacher: "cached" | "loop",
  {
    peer,
    threads,
    engines,
    peak,
    rounds = 12,
  }: { peer: Peer; threads: number; engines: readonly Contender[]; peak: Rates; rounds?: number },
): Promise<StepResult[]> {
  const { batch = 128, peer: inPeer = workload.name } = workload;
  const limitMs = limitOf(stepGraph(workload, { batch, teacher }), peak);
  const prepared = await Promise.all(
    engines.map(async ({ name, load }) => ({
      name,
      times: [] as number[],
      ...(await prepareStep(workload, { batch, teacher, threads, load })),
    })),
  );
  const { settings } = await peer.ask<{ settings: string[] }>({ do: "settings", workload: inPeer });
  const peers = settings.map((setting) => ({
    setting,
    command: { do: "step", workload: inPeer, batch, teacher, setting },
    times: [] as number[],
  }));
  const count = await stepsPerRound((prepared[0] as PreparedStep).step);
  for (const { command } of peers) await peer.ask({ ...command, steps: 2 });
  for (let round = 0; round < rounds; round++) {
    for (const { step, times } of prepared) {
      await step(); // wakes the threads
      for (let i = 0; i < count; i++) times.push(await timed(step));
    }
    for (const { command, times } of peers) {
      times.push(...(await peer.ask<{ ms: number[] }>({ ...command, steps: count })).ms);
    }
  }
  for (const { dispose } of prepared) await dispose();
  const pytorch = peers
    .map(({ setting, times }) => ({ setting, ms: spread(times) }))
    .sort((a, b) => a.ms.median - b.ms.median);
  const [fastest] = pytorch;
  if (fastest === undefined) throw new Error("There is no peer.");
  const leastP10 = Math.min(...pytorch.map(({ ms }) => ms.p10));
  return prepared.map(({ name, times }) => {
    const target = teacher === "cached" ? workload.targets?.[name] : undefined;
    const ms = spread(times);
    return {
      workload: workload.name,
      batch,
      teacher,
      engine: name,
      ratioToPyTorch: rounded(ms.median / fastest.ms.median),
      ratioOfP10: rounded(ms.p10 / leastP10),
      ...(target === undefined ? {} : { target }),
      ofLimit: rounded(limitMs / ms.median),
      ms,
      pytorchMs: fastest.ms,
      pytorchSetting: fastest.setting,
    };
  });
}

function print({
  workload,
  teacher,
  engine,
  ratioToPyTorch,
  ratioOfP10,
  target,
  ofLimit,
  ms,
  pytorchMs,
  pytorchSetting,
}: StepResult): void {
  const aims = target === undefined ? "" : ` (goal ${target})`;
  console.log(
    `  ${workload.padEnd(13)} teacher ${teacher.padEnd(6)} ${engine.padEnd(11)} ratio ${ratioToPyTorch.toFixed(2)}${aims}, of p10 ${ratioOfP10.toFixed(2)}, ${ofLimit.toFixed(2)} of the limit` +
      `  ${format(ms)} ms, PyTorch ${pytorchSetting} ${format(pytorchMs)} ms`,
  );
}

export interface PreparedStep {
  readonly step: () => Promise<void>;
  readonly dispose: () => Promise<void>;
}

export interface StepOptions {
  readonly batch: number;
  readonly teacher: "cached" | "loop";
}

/** The program that trains a workload, with state and samples. */
export function stepProgram(
  { student, weights, teacher: net }: Workload,
  { batch, teacher }: StepOptions,
): { program: Distillation; entry: string; state: NamedData; feeds: Record<string, Data> } {
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
  const [entry] = program.entries;
  if (entry === undefined) throw new Error("The program has no entry.");
  const feeds: Record<string, Data> = {};
  for (const [name, { shape, dtype }] of Object.entries(entry.inputs)) {
    const size = sizeOf(shape);
    feeds[name] =
      dtype === "int32"
        ? Int32Array.from({ length: size }, (_, i) => i % 10)
        : Float32Array.from({ length: size }, (_, i) => (i * 0.618034) % 1);
  }
  return {
    program,
    entry: entry.name,
    state: program.initialState(weights ?? student.initial(1), net.initial(2)),
    feeds,
  };
}

export const stepGraph = (workload: Workload, options: StepOptions): Graph =>
  trace(stepProgram(workload, options).program)[0] as Graph;

/** One training step of a workload on random samples, which can be repeated. */
export async function prepareStep(
  workload: Workload,
  {
    threads,
    load = loadOnnxRuntime,
    profile,
    ...options
  }: StepOptions & Pick<ExecutorOptions, "profile"> & { threads: number; load?: LoadProgram },
): Promise<PreparedStep> {
  const { program, entry, state, feeds } = stepProgram(workload, options);
  const executor: Executor = await load(program, state, {
    threads,
    ...(profile !== undefined && { profile }),
  });
  let at = 0;
  return {
    async step() {
      for (const [name, value] of Object.entries(program.hyperparameters(at)))
        (feeds[name] as Float32Array)[0] = value;
      at += 1;
      await executor.run(entry, feeds);
    },
    dispose: () => executor.dispose(),
  };
}

/** As many steps as take about 150 ms, at least 3. */
export async function stepsPerRound(step: () => Promise<void>): Promise<number> {
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
