import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { distillationProgram } from "../server/engine/distill/program.ts";
import { trace } from "../server/engine/graph/trace.ts";
import { distillProgram } from "./endToEnd.ts";
import { type Spread, spread } from "./statistics.ts";
import { prepareStep, timed } from "./steps.ts";
import { workloads } from "./workloads.ts";

export interface FixedCosts {
  /** `distill check` of the first example, from process start to end. To reach: 300 ms. */
  readonly checkMs: Spread;
  /** A bare start of the same Node, for comparison. */
  readonly nodeMs: Spread;
  /** By workload. */
  readonly traceMs: Readonly<Record<string, number>>;
  /** Trace, lowering, session and the first step together. */
  readonly firstStepMs: Readonly<Record<string, number>>;
}

const example = fileURLToPath(new URL("../examples/mnist/mnist.distill.json", import.meta.url));

/** What is paid once, whatever is trained. */
export async function benchFixedCosts({ threads }: { threads: number }): Promise<FixedCosts> {
  const traceMs: Record<string, number> = {};
  const firstStepMs: Record<string, number> = {};
  for (const workload of workloads()) {
    const program = distillationProgram({
      student: workload.student,
      losses: [{ type: "kd" }, { type: "ce" }],
      optimizer: { type: "adamw" },
      teacher: "fed",
      batchSizes: [128],
      evaluationBatchSizes: [],
    });
    traceMs[workload.name] = Math.round(await timed(async () => trace(program)));
    firstStepMs[workload.name] = Math.round(
      await timed(async () => {
        const { step, dispose } = await prepareStep(workload, { batch: 128, teacher: "cached", threads });
        await step();
        await dispose();
      }),
    );
  }
  return {
    checkMs: processMs([distillProgram, "check", example]),
    nodeMs: processMs(["-e", "0"]),
    traceMs,
    firstStepMs,
  };
}

function processMs(words: readonly string[]): Spread {
  return spread(
    Array.from({ length: 9 }, () => {
      const start = performance.now();
      execFileSync(process.execPath, words, { stdio: "ignore" });
      return performance.now() - start;
    }),
  );
}
