import type { PredictionCost } from "../../../schemas/run-event.gen.ts";
import { sizeOf } from "../../sizeOf.ts";
import { inferenceProgram } from "../distill/inferenceProgram.ts";
import { asGroup, weightsGroup } from "../distill/names.ts";
import { flopsOf, totalOf } from "../graph/flops.ts";
import { trace } from "../graph/trace.ts";
import type { Net } from "../nets/net.ts";
import type { NamedData } from "../program.ts";
import type { TrainContext } from "./context.ts";
import type { Teacher } from "./teacher.ts";

type Loading = Pick<TrainContext, "load" | "threads">;

/** What one prediction of a net costs, where the run computes. */
export async function costOfNet(
  net: Net,
  weights: NamedData,
  { load, threads }: Loading,
): Promise<PredictionCost> {
  const program = inferenceProgram(net, [1]);
  const executor = await load(program, asGroup(weightsGroup, weights), { threads });
  const x = new Float32Array(sizeOf(net.inputShape));
  try {
    const latency = await latencyOf(() => executor.run("evaluate@1", { x }));
    return { ...latency, flops: predictionFlops(net) };
  } finally {
    await executor.dispose();
  }
}

/** Multiplications and additions of the products and convolutions in one prediction. */
export const predictionFlops = (net: Net): number =>
  trace(inferenceProgram(net, [1])).reduce((sum, graph) => sum + totalOf(flopsOf(graph)), 0);

/**
 * The same of a teacher, which is fed like the student. Undefined where it is no network: outputs that are stored, or several
 * teachers taken for one.
 */
export async function costOfTeacher(
  teacher: Teacher,
  sample: readonly number[],
  context: Loading,
): Promise<PredictionCost | undefined> {
  const { inStep, outputSource, ownShape = sample } = teacher;
  if (inStep !== undefined) return costOfNet(inStep.net, inStep.weights, context);
  if (outputSource !== undefined) return undefined;
  const x = new Float32Array(sizeOf(ownShape));
  return latencyOf(() => teacher.logits(x, 1, ownShape));
}

/** A large network takes seconds: it is asked a few times, a small one often enough for a percentile. */
const budget = { ms: 400, least: 3, most: 200, warming: 5 };

/** Of one prediction, run again and again. */
export async function latencyOf(run: () => Promise<unknown>): Promise<{ p50Ms: number; p95Ms: number }> {
  const begin = performance.now();
  for (let i = 0; i < budget.warming && performance.now() - begin < budget.ms; i++) await run();
  const times: number[] = [];
  const from = performance.now();
  while (
    times.length < budget.least ||
    (times.length < budget.most && performance.now() - from < budget.ms)
  ) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.ceil(share * times.length) - 1] as number;
  const rounded = (ms: number) => Math.round(ms * 1000) / 1000;
  return { p50Ms: rounded(at(0.5)), p95Ms: rounded(at(0.95)) };
}
