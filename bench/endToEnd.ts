import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "jsonc-parser";
import type { Experiment } from "../schemas/experiment.gen.ts";
import type { CompletedEvent, RunEvent } from "../schemas/run-event.gen.ts";
import { flopsOf, totalOf } from "../server/engine/graph/flops.ts";
import { isShare } from "../server/heldBack.ts";
import { presetLayers } from "../server/nets/presets/presets.ts";
import type { Rates } from "./limit.ts";
import type { Peer } from "./peer.ts";
import { type Phases, phasesOf } from "./phases.ts";
import { rounded, type Spread, spread } from "./statistics.ts";
import { stepGraph } from "./steps.ts";
import { conv, net } from "./workloads.ts";

export interface EndToEndResult {
  /** Ratio of the medians, process start to saved student on both sides. */
  readonly ratioToPyTorch: number;
  readonly target: number;
  readonly seconds: Spread;
  readonly pytorchSeconds: Spread;
  /** Mean test accuracy over the seeds. */
  readonly accuracy: number;
  readonly pytorchAccuracy: number;
  readonly seeds: number;
  /** Of the first seed: where its seconds went. */
  readonly phases: Phases;
  /**
   * Of some phases, what they take at least: Node's start, products at the machine's peak, bytes of batches that are read and
   * written as floats at the memory's rate. The rest is what there is to gain.
   */
  readonly limits: Phases;
}

const root = fileURLToPath(new URL("..", import.meta.url));
export const distillProgram = join(root, "bin/distill.mjs");
export const fullExample = join(root, "examples/mnist/mnist-full.distill.json");

/**
 * examples/mnist/mnist-full.distill.json from process start to saved student, with an empty cache, against the same
 * recipe in PyTorch with the teacher in the loop, the usual way; PyTorch's start-up counts as well.
 */
export async function benchEndToEnd(
  peer: Peer,
  { threads, peak }: { threads: number; peak: Rates },
): Promise<EndToEndResult> {
  const file = fullExample;
  const experiment = readExample(file);
  const { train, test } = experiment.data;
  if (train.type !== "idx" || test === undefined || isShare(test) || test.type !== "idx")
    throw new Error("The example reads idx files.");
  if (!("preset" in experiment.student) || experiment.student.preset !== "mlp")
    throw new Error("The student is an mlp.");
  const at = (path: string) => resolve(dirname(file), path);
  const recipe = {
    do: "recipe",
    images: at(train.images),
    labels: at(train.labels),
    testImages: at(test.images),
    testLabels: at(test.labels),
    hidden: experiment.student.hidden[0],
    epochs: experiment.training?.epochs,
    teacher: at("teacher/model.json"),
  };
  const importSeconds = peerStartSeconds();

  const ours: ExampleRun[] = [];
  const theirs: { seconds: number; accuracy: number }[] = [];
  for (const seed of [1, 2, 3]) {
    ours.push(runExample({ seed, threads }));
    const { seconds, accuracy } = await peer.ask<{ seconds: number; accuracy: number }>({ ...recipe, seed });
    theirs.push({ seconds: seconds + importSeconds, accuracy });
  }
  const mean = (of: readonly { accuracy: number }[]) =>
    of.reduce((sum, { accuracy }) => sum + accuracy, 0) / of.length;
  const [seconds, pytorchSeconds] = [
    spread(ours.map((run) => run.seconds)),
    spread(theirs.map((run) => run.seconds)),
  ];
  return {
    ratioToPyTorch: rounded(seconds.median / pytorchSeconds.median),
    target: 0.25,
    seconds,
    pytorchSeconds,
    accuracy: rounded(mean(ours)),
    pytorchAccuracy: rounded(mean(theirs)),
    seeds: ours.length,
    phases: ours[0]?.phases ?? {},
    limits: limitsOf(ours[0]?.steps ?? 0, { hidden: [...experiment.student.hidden], peak }),
  };
}

interface ExampleRun {
  readonly seconds: number;
  readonly accuracy: number;
  readonly phases: Phases;
  readonly steps: number;
}

function limitsOf(
  steps: number,
  { hidden, peak }: { readonly hidden: number[]; readonly peak: Rates },
): Phases {
  const workload = {
    name: "example",
    student: net(presetLayers({ preset: "mlp", hidden }, 10), [28, 28, 1]),
    teacher: net(conv(32, 64), [28, 28, 1]),
  };
  const batch = 128;
  const flops = (teacher: "cached" | "loop") => totalOf(flopsOf(stepGraph(workload, { batch, teacher })));
  const step = flops("cached");
  const seconds = (count: number) => rounded(count / peak.gflops / 1e9);
  const pixels = 28 * 28;
  return {
    start: medianSeconds(process.execPath, ["-e", "0"]),
    cache: seconds((mnistSamples * (flops("loop") - step)) / batch),
    "train, batches": rounded((steps * batch * pixels * (1 + 4)) / peak.gbps / 1e9),
    "train, engine": seconds(steps * step),
  };
}

/** Of both splits, which the teacher is asked about. */
const mnistSamples = 70_000;

function runExample({ seed, threads }: { seed: number; threads: number }): ExampleRun {
  const folder = mkdtempSync(join(tmpdir(), "distill-bench-"));
  try {
    const copy = copyExample(fullExample, folder, { seed, threads });
    const from = Date.now();
    const lines = execFileSync(process.execPath, [distillProgram, "run", copy, "--json"], {
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
    const to = Date.now();
    const events = lines
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as RunEvent);
    const last = events.at(-1) as CompletedEvent;
    return {
      seconds: (to - from) / 1000,
      accuracy: last.summary.test?.["accuracy"] ?? Number.NaN,
      phases: phasesOf(events, { from, to }),
      steps: last.summary.steps,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A copy of an example in a new folder, so that nothing is cached, with some values changed. */
export function copyExample(file: string, folder: string, set: Readonly<Record<string, unknown>>): string {
  cpSync(join(dirname(file), "teacher"), join(folder, "teacher"), { recursive: true });
  const experiment = JSON.parse(JSON.stringify(readExample(file)), (_key, value: unknown) =>
    typeof value === "string" && value.startsWith("../") ? resolve(dirname(file), value) : value,
  ) as Record<string, unknown>;
  for (const [path, value] of Object.entries(set)) {
    const [key = "", inner] = path.split(".");
    experiment[key] = inner === undefined ? value : { [inner]: value };
  }
  const copy = join(folder, basename(file));
  writeFileSync(copy, JSON.stringify(experiment));
  return copy;
}

const readExample = (file: string) => parse(readFileSync(file, "utf8")) as Experiment;

/** Time to start Python and import PyTorch, which every script pays. */
const peerStartSeconds = (): number =>
  medianSeconds(fileURLToPath(new URL(".venv/bin/python", import.meta.url)), ["-c", "import torch"]);

function medianSeconds(program: string, words: readonly string[]): number {
  const times = Array.from({ length: 3 }, () => {
    const start = performance.now();
    execFileSync(program, words);
    return (performance.now() - start) / 1000;
  });
  return rounded(times.sort((a, b) => a - b)[1] as number);
}
