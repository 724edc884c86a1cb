import { spawnSync } from "node:child_process";
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NewEvent } from "../schemas/newEvent.ts";
import type { RunEvent } from "../schemas/run-event.gen.ts";
import { encodeLine } from "../server/runs/eventLine.ts";
import { writeManifest } from "../server/runs/manifest.ts";
import { createRun } from "../server/runs/runDirectory.ts";
import { readSeries, type SeriesCache } from "../server/runs/series.ts";
import { distillProgram } from "./endToEnd.ts";
import { rounded, type Spread, spread } from "./statistics.ts";

export interface RunsTimes {
  readonly events: number;
  readonly logMb: number;
  /** `distill show` of a completed run with such a log, from process start to end. Goal: 300 ms and 150 MB. */
  readonly show: ProcessCosts;
  /** That run's curves: the panel's first request, and a second one. */
  readonly curvesMs: number;
  readonly curvesAgainMs: number;
  readonly runs: number;
  /** `distill list` of that many runs of 500 steps: without the index, and with it. Goal: 1 s. */
  readonly firstListMs: number;
  readonly list: ProcessCosts;
  /** Bare start of the same Node, for comparison. */
  readonly node: ProcessCosts;
}

export interface ProcessCosts {
  readonly ms: Spread;
  /** Largest resident set among them. */
  readonly mb: number;
}

/** Reading of run directories at scale, in whole processes. */
export async function benchRuns({ events = 1_000_000, runs = 2000, repeats = 9 } = {}): Promise<RunsTimes> {
  const folder = mkdtempSync(join(tmpdir(), "distill-bench-"));
  try {
    const long = await makeRun(join(folder, "long"), events);
    const many = await makeRun(join(folder, "many"), 500);
    for (let copy = 1; copy < runs; copy++) {
      const path = `${many}-${copy}`;
      mkdirSync(path);
      for (const name of ["job.json", "experiment.json", "manifest.json", "events.jsonl"])
        copyFileSync(join(many, name), join(path, name));
    }
    const list = [distillProgram, "list", "--runs-directory", join(folder, "many")];
    const cache: SeriesCache = new Map();
    const curves = async () => {
      const begin = performance.now();
      await readSeries(long, { series: ["loss"], buckets: 1000 }, cache);
      return Math.round(performance.now() - begin);
    };
    const firstListMs = costs(list, 1).ms.median;
    // A log that changed within the last two seconds is not indexed.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    costs(list, 1);
    return {
      events,
      logMb: Math.round(statSync(join(long, "events.jsonl")).size / 1e6),
      show: costs([distillProgram, "show", long], repeats),
      curvesMs: await curves(),
      curvesAgainMs: await curves(),
      runs,
      firstListMs,
      list: costs(list, repeats),
      node: costs(["-e", "0"], repeats),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A completed run as a trainer leaves it, with that many steps in its log. */
async function makeRun(runsDirectory: string, steps: number): Promise<string> {
  const experimentFile = join(runsDirectory, "a.distill.json");
  const run = await createRun({ runsDirectory, experimentFile, name: "a", experiment: {} });
  const source = { hash: "0".repeat(64), samples: 60_000 };
  await writeManifest(run, { engine: "bench", device: "cpu", data: { train: source, validation: source } });
  const file = openSync(run.events, "w");
  let seq = 0;
  let block: Buffer[] = [];
  const write = (event: NewEvent) => {
    block.push(encodeLine({ seq, time: Date.now(), ...event } as RunEvent));
    seq += 1;
    if (block.length < 10_000) return;
    writeSync(file, Buffer.concat(block));
    block = [];
  };
  write({ type: "started", runId: run.id, mode: "start", step: 0, totalSteps: steps });
  for (let step = 1; step <= steps; step++) {
    const number = Math.fround(1 / step);
    const term = { raw: number, weighted: number, gradNorm: number };
    write({
      type: "step",
      step,
      epoch: step / 1000,
      loss: number,
      terms: { kd: term, ce: term, hint: term },
      learningRate: 0.001,
      gradNorm: number,
      stepMs: 1.5,
      dataMs: 0.25,
      samplesPerSecond: 8192,
    });
  }
  const metrics = { accuracy: 0.9, nll: 0.3 };
  write({
    type: "completed",
    summary: {
      runId: run.id,
      steps,
      epochs: steps / 1000,
      seconds: steps / 10,
      engine: "bench",
      device: "cpu",
      parameters: 1000,
      test: metrics,
    },
  });
  writeSync(file, Buffer.concat(block));
  closeSync(file);
  return run.path;
}

/** A process reports its own peak: its parent cannot read it. */
const saysPeak = `data:text/javascript,${encodeURIComponent(
  'import { writeSync } from "node:fs"; process.on("exit", () => writeSync(2, "peak " + process.resourceUsage().maxRSS));',
)}`;

function costs(words: readonly string[], repeats: number): ProcessCosts {
  const times: number[] = [];
  let peak = 0;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const begin = performance.now();
    const { status, stderr } = spawnSync(process.execPath, ["--import", saysPeak, ...words], {
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
    times.push(performance.now() - begin);
    if (status !== 0) throw new Error(`distill ${words.slice(1).join(" ")} failed: ${stderr}`);
    peak = Math.max(peak, Number(/peak (\d+)/.exec(stderr)?.[1]) / 1024);
  }
  return { ms: spread(times), mb: rounded(peak) };
}
