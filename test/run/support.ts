import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { RunEvent } from "../../schemas/run-event.gen.ts";
import { readEvents } from "../../server/runs/logReader.ts";
import { trainerOf } from "../../server/runs/spawn.ts";
import { signal } from "../support/signal.ts";

const ownCli = fileURLToPath(new URL("../../server/cli.ts", import.meta.url));

/** A folder with an experiment that trains in a second or two: three noisy clusters, dropout, noise, a trained teacher. */
export interface Scene {
  readonly folder: string;
  readonly file: string;
  readonly runs: string;
}

export interface SceneOptions {
  /** Merged over the experiment, key by key at the top level. */
  readonly with?: Readonly<Record<string, unknown>>;
  readonly steps?: number;
  readonly folder?: string;
}

export async function scene(context: TestContext, options: SceneOptions = {}): Promise<Scene> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), "run-")));
  const runs = join(folder, ".distill", "runs");
  if (options.folder === undefined)
    context.after(async () => {
      // Where a test has failed its trainers may go on, or stand still, for ever.
      for (const name of await readdir(runs).catch(() => [])) {
        const trainer = trainerOf(join(runs, name));
        if (trainer !== undefined) signal(trainer.pid, "SIGKILL");
      }
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    });
  await writeFile(join(folder, "train.csv"), clusters(300, 1));
  await writeFile(join(folder, "test.csv"), clusters(90, 2));
  const source = (path: string) => ({ type: "csv", path, label: "label" });
  const dense = (units: number, activation?: string) => ({
    type: "dense",
    units,
    ...(activation ? { activation } : {}),
  });
  const experiment = {
    name: "clusters",
    data: {
      train: source("train.csv"),
      validation: { split: 0.2 },
      test: source("test.csv"),
      augment: [{ type: "noise", std: 0.05 }],
      batchSize: 32,
    },
    teacher: { type: "layers", layers: [dense(32, "relu"), dense(3)], train: { epochs: 3 } },
    student: { layers: [dense(12, "relu"), { type: "dropout", rate: 0.2 }, dense(3)] },
    temperature: 3,
    alpha: 0.6,
    optimizer: { type: "adamw", learningRate: 0.01 },
    schedule: { type: "cosine", warmup: 5 },
    training: { steps: options.steps ?? 60, evaluateEvery: 10, checkpointEvery: 7 },
    seed: 3,
    threads: 1,
    ...options.with,
  };
  const file = join(folder, "clusters.distill.json");
  await writeFile(file, JSON.stringify(experiment, null, 2));
  return { folder, file, runs };
}

/** Rows `x0,…,x5,label` around three centres, the same for the same seed. */
function clusters(count: number, seed: number): string {
  let state = seed * 2654435761;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const rows = Array.from({ length: count }, (_, row) => {
    const label = row % 3;
    const features = Array.from({ length: 6 }, (_, column) =>
      ((column % 3 === label ? 1 : 0) + random() - 0.5).toFixed(4),
    );
    return [...features, label].join(",");
  });
  return `${["x0,x1,x2,x3,x4,x5,label", ...rows].join("\n")}\n`;
}

/** Steps that no machine gets through while a test looks on: such a run goes on until the test ends it. */
export const endless = 1_000_000_000;

export interface Finished {
  /** null where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Command {
  readonly pid: number;
  readonly finished: Promise<Finished>;
  /** What has come on stdout so far. */
  readonly output: () => string;
  readonly complaints: () => string;
  signal(name: NodeJS.Signals): void;
}

interface Start {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The command line of another tree. */
  readonly cli?: string;
}

/** Starts `distill` with these words. */
export function start(
  words: readonly string[],
  { cwd = tmpdir(), env = {}, cli = ownCli }: Start = {},
): Command {
  const child = spawn(process.execPath, [cli, ...words], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const finished = new Promise<Finished>((resolve) =>
    child.on("close", (code) => resolve({ code, stdout, stderr })),
  );
  return {
    pid: child.pid as number,
    finished,
    output: () => stdout,
    complaints: () => stderr,
    signal: (name) => void child.kill(name),
  };
}

export const distill = (words: readonly string[], options?: Start): Promise<Finished> =>
  start(words, options).finished;

/** Runs `distill`. @throws with all that it said where it fails */
export async function succeed(words: readonly string[], options?: Start): Promise<Finished> {
  const finished = await distill(words, options);
  const { code, stdout, stderr } = finished;
  if (code !== 0)
    throw new Error(`distill ${words.join(" ")} ended with ${code ?? "a signal"}:\n${stdout}${stderr}`);
  return finished;
}

/** The only run in a folder of runs. */
export async function onlyRun({ runs }: Scene): Promise<string> {
  const names = (await readdir(runs)).filter((name) => !name.startsWith("."));
  if (names.length !== 1) throw new Error(`expected one run, found ${names.join(", ")}`);
  return join(runs, names[0] as string);
}

export async function eventsOf(run: string): Promise<readonly RunEvent[]> {
  return (await readEvents(join(run, "events.jsonl"))).events;
}

/** Waits until something is there, far longer than it takes on a slow machine under load. */
export async function until<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const begin = Date.now();
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() - begin > 300_000) throw new Error(`waited in vain for: ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
