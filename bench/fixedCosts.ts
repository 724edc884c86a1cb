import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunEvent } from "../schemas/run-event.gen.ts";
import { distillationProgram } from "../server/engine/distill/program.ts";
import { lowerProgram } from "../server/engine/graph/layouts/lowerForOnnxRuntime.ts";
import { trace } from "../server/engine/graph/trace.ts";
import { copyExample, distillProgram, fullExample } from "./endToEnd.ts";
import { type Spread, spread } from "./statistics.ts";
import { prepareStep, timed } from "./steps.ts";
import { workloads } from "./workloads.ts";

export interface FixedCosts {
  /** `distill check` of the first example, from process start to end. Goal: 300 ms. */
  readonly checkMs: Spread;
  /** Bare start of the same Node, for comparison. */
  readonly nodeMs: Spread;
  /** By workload, as the next two. */
  readonly traceMs: Readonly<Record<string, number>>;
  readonly loweringMs: Readonly<Record<string, number>>;
  /** Trace, lowering, session and first step together. */
  readonly firstStepMs: Readonly<Record<string, number>>;
  /** From the start of `distill run` to its first step, with cached teacher outputs. Goal: 4 s. */
  readonly runToFirstStepMs: Spread;
}

const example = fileURLToPath(new URL("../examples/mnist/mnist.distill.json", import.meta.url));

/** Costs paid once per run, whatever it trains. */
export async function benchFixedCosts({ threads }: { threads: number }): Promise<FixedCosts> {
  const traceMs: Record<string, number> = {};
  const loweringMs: Record<string, number> = {};
  const firstStepMs: Record<string, number> = {};
  for (const workload of workloads()) {
    const { batch = 128 } = workload;
    const program = distillationProgram({
      student: workload.student,
      losses: [{ type: "kd" }, { type: "ce" }],
      optimizer: { type: "adamw" },
      teacher: "fed",
      batchSizes: [batch],
      evaluationBatchSizes: [],
    });
    const start = performance.now();
    const graphs = trace(program);
    const traced = performance.now();
    lowerProgram(graphs);
    traceMs[workload.name] = Math.round(traced - start);
    loweringMs[workload.name] = Math.round(performance.now() - traced);
    firstStepMs[workload.name] = Math.round(
      await timed(async () => {
        const { step, dispose } = await prepareStep(workload, { batch, teacher: "cached", threads });
        await step();
        await dispose();
      }),
    );
  }
  return {
    checkMs: processMs([distillProgram, "check", example]),
    nodeMs: processMs(["-e", "0"]),
    traceMs,
    loweringMs,
    firstStepMs,
    runToFirstStepMs: await runToFirstStep(),
  };
}

/** The event log has the step's time; a first run fills the cache. */
async function runToFirstStep(): Promise<Spread> {
  const folder = mkdtempSync(join(tmpdir(), "distill-bench-"));
  try {
    const copy = copyExample(fullExample, folder, { "training.steps": 20 });
    const times: number[] = [];
    for (let i = 0; i < 6; i++) {
      const begin = Date.now();
      const lines = execFileSync(process.execPath, [distillProgram, "run", copy, "--json"], {
        encoding: "utf8",
      });
      const events = lines
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as RunEvent);
      const first = events.find(({ type }) => type === "step");
      if (i > 0) times.push((first?.time ?? Number.NaN) - begin);
    }
    return spread(times);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
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
