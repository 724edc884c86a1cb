import { writeFileSync } from "node:fs";
import { loadTensorflow } from "../../server/engine/native/tensorflow/executor.ts";
import { prepareStep, type StepOptions, stepsPerRound, timed } from "../steps.ts";
import { workloads } from "../workloads.ts";
import { rounds } from "./rounds.ts";

/** Milliseconds of each step. */
export interface TensorflowTimes {
  readonly plain: readonly number[];
  readonly profiled: readonly number[];
}

interface Order extends StepOptions {
  readonly name: string;
  readonly threads: number;
  /** Files to write. */
  readonly trace: string;
  readonly times: string;
}

// The process into which traceRuns.cc is loaded: it takes its job as an argument and writes two files.
const { name, batch, teacher, threads, trace, times } = JSON.parse(process.argv[2] ?? "") as Order;
const workload = workloads().find((one) => one.name === name);
if (workload === undefined) throw new Error(`There is no workload ${name}.`);
const { step, dispose } = await prepareStep(workload, { batch, teacher, threads, load: loadTensorflow });
const result: { plain: number[]; profiled: number[] } = { plain: [], profiled: [] };
const count = await stepsPerRound(step);
for (let round = 0; round < rounds; round++) {
  for (let i = 0; i < count; i++) result.plain.push(await timed(step));
  process.env["DISTILL_BENCH_TRACE"] = trace;
  for (let i = 0; i < count; i++) result.profiled.push(await timed(step));
  delete process.env["DISTILL_BENCH_TRACE"];
}
await dispose();
writeFileSync(times, JSON.stringify(result satisfies TensorflowTimes));
