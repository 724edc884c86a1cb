import { measurePeak } from "./peak.ts";
import { withPeer } from "./peer.ts";
import { type Contender, compareStep, prepareStep, type StepResult } from "./steps.ts";
import { type Workload, workloads } from "./workloads.ts";

export interface Scaling {
  /** By workload, threads and batch, of the built-in engine. */
  readonly steps: readonly ScaledStep[];
  /** Resident memory in MiB after each of ten times 500 steps of mlp64; must stay flat. */
  readonly residentMiB: readonly number[];
}

interface ScaledStep
  extends Pick<
    StepResult,
    "workload" | "batch" | "ratioToPyTorch" | "ratioOfP10" | "ofLimit" | "pytorchSetting"
  > {
  readonly threads: number;
  /** Medians, in milliseconds. */
  readonly ms: number;
  readonly pytorchMs: number;
}

const small = ["mlp64", "mlp1200", "conv8-16", "conv32-64"];
/** Larger batches of the other nets would measure the machine's memory. */
const batchesOf = ({ name }: Workload) => (small.includes(name) ? [32, 128, 512, 1024] : [32]);

/** How a step's time grows with the batch and with threads, as a ratio to PyTorch's, and that memory does not grow with time. */
export async function benchScaling({
  threads,
  engines,
  only,
}: {
  threads: number;
  engines: readonly Contender[];
  only?: string;
}): Promise<Scaling> {
  const counts = [...new Set([1, threads])];
  const measured = workloads().filter(({ name }) => only === undefined || name === only);
  const steps: ScaledStep[] = [];
  for (const count of counts)
    await withPeer(count, async (peer) => {
      const peak = await measurePeak(peer, { threads: count, engines });
      for (const workload of measured)
        for (const batch of batchesOf(workload)) {
          const options = { peer, threads: count, engines, peak, rounds: 6 };
          for (const row of await compareStep({ ...workload, batch }, "cached", options)) {
            const { workload, ratioToPyTorch, ratioOfP10, ofLimit, pytorchSetting, ms, pytorchMs } = row;
            steps.push({
              ...{ workload, threads: count, batch, ratioToPyTorch, ratioOfP10, ofLimit },
              ...{ ms: ms.median, pytorchMs: pytorchMs.median, pytorchSetting },
            });
            console.log(
              `  ${workload.padEnd(13)} threads ${count} batch ${String(batch).padEnd(5)} ratio ${ratioToPyTorch.toFixed(2)}, of p10 ${ratioOfP10.toFixed(2)}, ${ofLimit.toFixed(2)} of the limit  ${ms.median} ms, PyTorch ${pytorchSetting} ${pytorchMs.median} ms`,
            );
          }
        }
    });
  return { steps, residentMiB: await residentMemory(threads) };
}

async function residentMemory(threads: number): Promise<number[]> {
  const mlp = workloads().find(({ name }) => name === "mlp64");
  const residentMiB: number[] = [];
  const { step, dispose } = await prepareStep(mlp as Workload, { batch: 128, teacher: "cached", threads });
  for (let epoch = 0; epoch < 10; epoch++) {
    for (let i = 0; i < 500; i++) await step();
    residentMiB.push(Math.round(process.memoryUsage().rss / 2 ** 20));
  }
  await dispose();
  return residentMiB;
}
