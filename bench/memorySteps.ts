import { prepareStep } from "./steps.ts";
import { workloads } from "./workloads.ts";

// Trains for some steps and prints the process's peak resident memory in MiB.
const { name, batch, steps, threads } = JSON.parse(process.argv[2] ?? "") as {
  readonly name: string;
  readonly batch: number;
  readonly steps: number;
  readonly threads: number;
};
const workload = workloads().find((one) => one.name === name);
if (workload === undefined) throw new Error(`There is no workload ${name}.`);
const { step, dispose } = await prepareStep(workload, { batch, teacher: "cached", threads });
for (let i = 0; i < steps; i++) await step();
console.log(process.resourceUsage().maxRSS / 1024);
await dispose();
