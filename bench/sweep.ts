import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { distillProgram } from "./endToEnd.ts";
import { rounded } from "./statistics.ts";

export interface SweepTimes {
  readonly runs: number;
  readonly cores: number;
  /** From process start to the table, in rounds: one run at a time, and as many as the machine has cores. */
  readonly oneAtATimeSeconds: readonly number[];
  readonly sideBySideSeconds: readonly number[];
  /** Of the fastest rounds. Goal on 2 cores: 1.6. */
  readonly speedup: number;
}

const digits = fileURLToPath(new URL("../examples/digits", import.meta.url));

/** How much faster the runs of a sweep are trained side by side: small students of one teacher, which is trained before. */
export function benchSweep({ runs = 8, rounds = 3 } = {}): SweepTimes {
  const folder = mkdtempSync(join(tmpdir(), "distill-bench-"));
  try {
    cpSync(digits, folder, { recursive: true });
    writeFileSync(join(folder, "sweep.distill.json"), JSON.stringify(experiment(runs)));
    distill(folder, ["run", "sweep.distill.json", "--teacher-only"]);
    const cores = availableParallelism();
    const one: number[] = [];
    const all: number[] = [];
    for (let round = 0; round < rounds; round++) {
      one.push(distill(folder, ["run", "sweep.distill.json", "--jobs", "1"]));
      all.push(distill(folder, ["run", "sweep.distill.json", "--jobs", String(cores)]));
    }
    return {
      runs,
      cores,
      oneAtATimeSeconds: one,
      sideBySideSeconds: all,
      speedup: rounded(Math.min(...one) / Math.min(...all)),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const experiment = (runs: number) => ({
  data: {
    train: { type: "idx", images: "images.idx.gz", labels: "labels.idx.gz", take: 2000 },
    validation: { split: 0.1 },
    normalize: { scale: 1 / 255 },
    batchSize: 64,
  },
  teacher: {
    type: "layers",
    layers: [
      { type: "flatten" },
      { type: "dense", units: 64, activation: "relu" },
      { type: "dense", units: 10 },
    ],
    train: { epochs: 5 },
  },
  student: { preset: "mlp", hidden: [32] },
  training: { epochs: 200 },
  seeds: Array.from({ length: runs }, (_, index) => index + 1),
});

/** @returns seconds */
function distill(folder: string, parameters: readonly string[]): number {
  const begin = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [distillProgram, ...parameters], {
    cwd: folder,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return rounded((performance.now() - begin) / 1000);
}
