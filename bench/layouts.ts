import {
  chooseLowering,
  hasLargeTensors,
  type LoweringName,
} from "../server/engine/graph/layouts/chooseLowering.ts";
import { lowerings } from "../server/engine/graph/layouts/lowerForOnnxRuntime.ts";
import { whyNoBlocks } from "../server/engine/native/blockedKernels.ts";
import { loadLowered } from "../server/engine/native/onnxruntime.ts";
import type { LoadProgram } from "../server/engine/program.ts";
import { type LayoutNet, layoutNets } from "./layoutNets.ts";
import { quantile, rounded } from "./statistics.ts";
import { prepareStep, stepGraph } from "./steps.ts";

export interface LayoutResult {
  readonly net: string;
  readonly heldOut: boolean;
  readonly threads: number;
  /** Chosen by layouts/chooseLowering.ts. */
  readonly chosen: LoweringName;
  readonly fastest: LoweringName;
  /** Loss of the rule, as a share of the fastest lowering's time. */
  readonly loss: number;
  /** Milliseconds per step: see {@link benchLayouts}. */
  readonly ms: Readonly<Record<LoweringName, number>>;
}

const names = Object.keys(lowerings) as LoweringName[];
const rounds = 9;

interface Options {
  readonly threads: readonly number[];
  /** Substring of the names of nets. */
  readonly only?: string;
}

/**
 * Every net in every lowering, in turn, beside the lowering that the rule chooses. With one thread, the median of
 * processor time: what the clock of an idle machine would show, whatever else runs. With several, the lower quartile of
 * clock time: waiting for other threads counts, and other load can only add.
 */
export async function benchLayouts({ threads, only = "" }: Options): Promise<LayoutResult[]> {
  const results: LayoutResult[] = [];
  for (const one of layoutNets().filter(({ name }) => name.includes(only))) {
    for (const count of threads) {
      const result = await measure(one, count);
      const { net, chosen, fastest, loss, ms, heldOut } = result;
      const times = names.map((name) => `${name} ${ms[name]}`).join(", ");
      const verdict = loss === 0 ? "the fastest" : `${(100 * loss).toFixed(0)} % slower than ${fastest}`;
      console.log(
        `  ${net}${heldOut ? " (held out)" : ""}, ${count} thread${count === 1 ? "" : "s"}: ${chosen} is ${verdict}  (ms: ${times})`,
      );
      results.push(result);
    }
  }
  return results;
}

async function measure({ name, net, batch, heldOut }: LayoutNet, threads: number): Promise<LayoutResult> {
  const workload = { name, student: net, teacher: net };
  const options = { batch, teacher: "cached", threads } as const;
  const time = threads === 1 ? processorTime : clockTime;
  const graphs = [stepGraph(workload, options)];
  const { lowering: chosen } = chooseLowering(graphs, { blocked: await whyNoBlocks() });
  const prepared = await Promise.all(
    names.map(async (name) => ({
      name,
      times: [] as number[],
      ...(await prepareStep(workload, { ...options, load: inLowering(name) })),
    })),
  );
  for (const { step } of prepared) for (let i = 0; i < 2; i++) await step();
  for (let round = 0; round < rounds; round++)
    for (const { step, times } of prepared) times.push(await time(step));
  for (const { dispose } of prepared) await dispose();
  const ms = Object.fromEntries(
    prepared.map(({ name, times }) => [name, quantile(times, threads === 1 ? 0.5 : 0.25)]),
  ) as Record<LoweringName, number>;
  const fastest = names.reduce((best, name) => (ms[name] < ms[best] ? name : best));
  return { net: name, heldOut, threads, chosen, fastest, loss: rounded(ms[chosen] / ms[fastest] - 1), ms };
}

const inLowering =
  (name: LoweringName): LoadProgram =>
  (program, initial, options) =>
    loadLowered(
      (graphs) => ({ ...lowerings[name](graphs, { inPlace: true }), largeTensors: hasLargeTensors(graphs) }),
      program,
      initial,
      { ...options, spinning: false },
    );

/**
 * Milliseconds of processor time; repeats for at least 20 ms, because the system counts in fractions of a millisecond.
 */
async function processorTime(run: () => Promise<void>): Promise<number> {
  const start = process.cpuUsage();
  for (let runs = 1; ; runs++) {
    await run();
    const { user, system } = process.cpuUsage(start);
    if (user + system >= 20_000) return (user + system) / 1e3 / runs;
  }
}

/** Milliseconds; repeats for at least 20 ms. */
async function clockTime(run: () => Promise<void>): Promise<number> {
  const start = performance.now();
  for (let runs = 1; ; runs++) {
    await run();
    const ms = performance.now() - start;
    if (ms >= 20) return ms / runs;
  }
}
