import { quantile, rounded } from "./statistics.ts";
import { prepareStep, timed } from "./steps.ts";
import { type Workload, workloads } from "./workloads.ts";

export interface Scaling {
  /** Median milliseconds of a step by batch size, per workload. */
  readonly stepMs: Readonly<Record<string, Readonly<Record<number, number>>>>;
  /** Resident memory in MiB after each of ten times 500 steps of mlp64; must stay flat. */
  readonly residentMiB: readonly number[];
}

const small = ["mlp64", "mlp1200", "conv8-16", "conv32-64"];
const batches = [32, 64, 128, 256, 512, 1024];

/** How a step's time grows with the batch, and that memory does not grow with time. */
export async function benchScaling({ threads }: { threads: number }): Promise<Scaling> {
  const stepMs: Record<string, Record<number, number>> = {};
  for (const workload of workloads()) {
    if (!small.includes(workload.name)) continue; // others at 1024 would measure the machine's memory
    const row: Record<number, number> = {};
    for (const batch of batches) row[batch] = await medianStep(workload, batch, threads);
    stepMs[workload.name] = row;
  }
  const mlp = workloads().find(({ name }) => name === "mlp64");
  const residentMiB: number[] = [];
  const { step, dispose } = await prepareStep(mlp as Workload, { batch: 128, teacher: "cached", threads });
  for (let epoch = 0; epoch < 10; epoch++) {
    for (let i = 0; i < 500; i++) await step();
    residentMiB.push(Math.round(process.memoryUsage().rss / 2 ** 20));
  }
  await dispose();
  return { stepMs, residentMiB };
}

async function medianStep(workload: Workload, batch: number, threads: number): Promise<number> {
  const { step, dispose } = await prepareStep(workload, { batch, teacher: "cached", threads });
  for (let i = 0; i < 3; i++) await step();
  const times: number[] = [];
  const end = performance.now() + 1000;
  while (performance.now() < end || times.length < 5) times.push(await timed(step));
  await dispose();
  return rounded(quantile(times, 0.5));
}
