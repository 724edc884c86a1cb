import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { generator, normals } from "../server/data/random.ts";
import { memberResults } from "../server/runs/memberResults.ts";
import { runDirectory } from "../server/runs/runDirectory.ts";
import { searchSpace } from "../server/sweep/expand.ts";
import { distillProgram } from "./endToEnd.ts";
import { rounded } from "./statistics.ts";

/**
 * How good a student each method finds for the same budget of epochs, by validation: random search, successive halving and TPE as
 * sweeps, and Optuna's TPE, whose trials are runs of the same program. `node bench/search.ts`, or a part of it with `--task`, `--seed` and `--method`; results in bench/search.json,
 * after each seed of each task.
 */
const methods = ["random", "halving", "tpe", "optuna"] as const;
type Method = (typeof methods)[number];

/** Epochs of a run that trains to its end, and such runs in a budget. */
const [epochs, trials] = [9, 24];
const budget = epochs * trials;
/** Halving begins with as many runs as spend the budget: each three epochs, a third of them six more. */
const halving = { method: "halving", rung: 3, eta: 3, runs: Math.floor(budget / (3 + 6 / 3)) };

/** Best value so far, each from these epochs in all on. */
type Curve = readonly (readonly [epochs: number, best: number])[];

interface TaskResults {
  readonly metric: string;
  readonly better: "higher" | "lower";
  /** By seed. */
  readonly found: Record<string, Partial<Record<Method, Curve>>>;
}

interface Task {
  readonly metric: string;
  readonly better: "higher" | "lower";
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Writes what it reads into a folder, and gives the rest of the experiment. */
  readonly experiment: (folder: string) => Readonly<Record<string, unknown>>;
}

const logarithmic = (min: number, max: number) => ({ min, max, log: true });
const dense = (units: number, activation?: string) => ({
  type: "dense",
  units,
  ...(activation ? { activation } : {}),
});

const tasks: Readonly<Record<string, Task>> = {
  /** 200 labelled digits. */
  digits: {
    metric: "accuracy",
    better: "higher",
    parameters: {
      "optimizer.learningRate": logarithmic(1e-4, 0.3),
      "student.hidden[0]": logarithmic(8, 128),
      temperature: logarithmic(1, 10),
      alpha: { min: 0, max: 1, integer: false },
      "data.batchSize": [16, 32, 64],
    },
    experiment: (folder) => {
      cpSync(fileURLToPath(new URL("../examples/digits", import.meta.url)), folder, { recursive: true });
      const source = { type: "idx", images: "images.idx.gz", labels: "labels.idx.gz" };
      return {
        data: {
          train: { ...source, take: 200 },
          validation: { ...source, skip: 1000, take: 1000 },
          normalize: { scale: 1 / 255 },
        },
        teacher: {
          type: "layers",
          layers: [{ type: "flatten" }, dense(128, "relu"), dense(10)],
          train: { epochs: 30 },
        },
        student: { preset: "mlp", hidden: [32] },
        optimizer: { type: "adamw" },
      };
    },
  },
  /** Three spirals with noise. */
  spirals: {
    metric: "accuracy",
    better: "higher",
    parameters: {
      "optimizer.learningRate": logarithmic(1e-4, 0.3),
      "student.hidden[0]": logarithmic(4, 64),
      "student.hidden[1]": logarithmic(4, 64),
      temperature: logarithmic(1, 10),
      alpha: { min: 0, max: 1, integer: false },
      "data.batchSize": [8, 16, 32],
    },
    experiment: (folder) => {
      writeFileSync(join(folder, "train.csv"), spirals(400, 1));
      writeFileSync(join(folder, "validation.csv"), spirals(1000, 2));
      const source = (path: string) => ({ type: "csv", path, label: "label" });
      return {
        data: { train: source("train.csv"), validation: source("validation.csv") },
        teacher: {
          type: "layers",
          layers: [dense(64, "relu"), dense(64, "relu"), dense(3)],
          train: { epochs: 60 },
        },
        student: { preset: "mlp", hidden: [16, 16] },
        optimizer: { type: "adamw" },
      };
    },
  },
  /** Friedman, "Multivariate Adaptive Regression Splines", 1991: five of ten numbers count. */
  friedman: {
    metric: "rmse",
    better: "lower",
    parameters: {
      "optimizer.learningRate": logarithmic(1e-4, 0.3),
      "optimizer.weightDecay": logarithmic(1e-4, 1),
      "student.hidden[0]": logarithmic(4, 64),
      "student.hidden[1]": logarithmic(4, 64),
      alpha: { min: 0, max: 1, integer: false },
      "data.batchSize": [8, 16, 32],
    },
    experiment: (folder) => {
      writeFileSync(join(folder, "train.csv"), friedman(300, 1));
      writeFileSync(join(folder, "validation.csv"), friedman(1000, 2));
      const source = (path: string) => ({ type: "csv", path, label: "y" });
      return {
        task: "regression",
        data: { train: source("train.csv"), validation: source("validation.csv") },
        teacher: {
          type: "layers",
          layers: [dense(64, "relu"), dense(64, "relu"), dense(1)],
          train: { epochs: 60 },
        },
        student: { preset: "mlp", hidden: [16, 16] },
        optimizer: { type: "adamw" },
      };
    },
  },
};

const outFile = fileURLToPath(new URL("search.json", import.meta.url));
const python = fileURLToPath(new URL(".venv/optuna/bin/python", import.meta.url));
const optunaProgram = fileURLToPath(new URL("search.py", import.meta.url));

async function found(task: Task, method: Method, seed: number): Promise<Curve> {
  const folder = mkdtempSync(join(tmpdir(), "distill-search-"));
  try {
    const file = join(folder, "search.distill.json");
    const content = { ...task.experiment(folder), training: { epochs }, seed, threads: 1, jobs: 1 };
    const { parameters } = task;
    if (method !== "optuna") {
      const how = method === "halving" ? halving : { method, runs: trials };
      writeFileSync(file, JSON.stringify({ ...content, sweep: { parameters, ...how } }));
      distill(folder, ["run", file]);
      return bestSoFar(await valuesOf(join(folder, ".distill", "runs"), task), task);
    }
    writeFileSync(file, JSON.stringify(content));
    const space = searchSpace({ sweep: { parameters } }).parameters;
    const asked = {
      space,
      trials,
      seed,
      file,
      node: process.execPath,
      distill: distillProgram,
      ...ranked(task),
    };
    const values = JSON.parse(
      execFileSync(python, [optunaProgram], { input: JSON.stringify(asked), encoding: "utf8", cwd: folder }),
    ) as (number | null)[];
    const reached = values.flatMap((value, index): [number, number][] =>
      value === null ? [] : [[epochs * (index + 1), value]],
    );
    return bestSoFar(reached, task);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes the environment that Optuna is in. */
function prepareOptuna(): void {
  if (spawnSync(python, ["-c", "import optuna"]).status === 0) return;
  const environment = fileURLToPath(new URL(".venv/optuna", import.meta.url));
  execFileSync("python3", ["-m", "venv", environment], { stdio: "inherit" });
  execFileSync(python, ["-m", "pip", "install", "--quiet", "optuna==5.0.0"], { stdio: "inherit" });
}

const ranked = ({ metric, better }: Task) => ({ metric, better });

function distill(folder: string, parameters: readonly string[]): void {
  const { status, stderr } = spawnSync(process.execPath, [distillProgram, ...parameters], {
    cwd: folder,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
}

/** In the order of training, which halving interrupts: what a run has reached counts where its last epoch was trained. */
async function valuesOf(runs: string, { metric }: Task): Promise<[number, number][]> {
  const id = readdirSync(runs).find((name) => !/^\.|-\d+$/.test(name)) ?? "";
  const results = await memberResults(runDirectory(join(runs, id)));
  let spent = 0;
  const ended = results.map(({ summary }) => ({
    epochs: summary?.member?.rung ?? epochs,
    value: summary?.metrics[`validation.${metric}`],
  }));
  const rungs = [...new Set(ended.map((one) => one.epochs))].sort((a, b) => a - b);
  let before = 0;
  return rungs.flatMap((rung) => {
    const values = ended.flatMap((one): [number, number][] => {
      if (one.epochs < rung) return [];
      spent += rung - before;
      return one.epochs === rung && one.value !== undefined ? [[spent, one.value]] : [];
    });
    before = rung;
    return values;
  });
}

/** @param values in the order in which they came, each at its epochs in all */
function bestSoFar(values: readonly (readonly [number, number])[], { better }: Task): Curve {
  const isBetter = (a: number, b: number) => (better === "higher" ? a > b : a < b);
  const curve: [number, number][] = [];
  for (const [spent, value] of values) {
    const last = curve.at(-1);
    if (last === undefined || isBetter(value, last[1])) curve.push([spent, rounded(value)]);
  }
  return curve;
}

/** Rows `x,y,label`: three arms of one and a half turns. */
function spirals(count: number, seed: number): string {
  const next = generator({ seed, step: 0, use: "spirals" });
  const normal = normals(next);
  const rows = Array.from({ length: count }, (_, row) => {
    const along = next() / 2 ** 32;
    const angle = 3 * Math.PI * along + (row % 3) * ((2 * Math.PI) / 3);
    const at = (part: number) => (3 * along * part + 0.15 * normal()).toFixed(4);
    return `${at(Math.cos(angle))},${at(Math.sin(angle))},${"abc"[row % 3]}`;
  });
  return ["x,y,label", ...rows].join("\n");
}

/** Rows `x1,…,x10,y`. */
function friedman(count: number, seed: number): string {
  const next = generator({ seed, step: 0, use: "friedman" });
  const normal = normals(next);
  const rows = Array.from({ length: count }, () => {
    const x = Array.from({ length: 10 }, () => next() / 2 ** 32);
    const [a = 0, b = 0, c = 0, d = 0, e = 0] = x;
    const y = 10 * Math.sin(Math.PI * a * b) + 20 * (c - 0.5) ** 2 + 10 * d + 5 * e + normal();
    return [...x, y].map((value) => value.toFixed(4)).join();
  });
  return [[...Array.from({ length: 10 }, (_, index) => `x${index + 1}`), "y"].join(), ...rows].join("\n");
}

const { values: given } = parseArgs({
  options: {
    seed: { type: "string", multiple: true, default: ["1", "2", "3", "4", "5"] },
    task: { type: "string", multiple: true },
    method: { type: "string", multiple: true },
  },
});
if (given.method?.includes("optuna") ?? true) prepareOptuna();
const results: Record<string, TaskResults> = existsSync(outFile)
  ? JSON.parse(readFileSync(outFile, "utf8")).tasks
  : {};
for (const seed of given.seed.map(Number))
  for (const [name, task] of Object.entries(tasks)) {
    if (given.task && !given.task.includes(name)) continue;
    for (const method of methods) {
      if (given.method && !given.method.includes(method)) continue;
      const own = results[name] ?? { ...ranked(task), found: {} };
      results[name] = own;
      const curve = await found(task, method, seed);
      own.found[seed] = { ...own.found[seed], [method]: curve };
      process.stdout.write(`${name}, seed ${seed}, ${method}: ${curve.at(-1)?.[1]}\n`);
      writeFileSync(outFile, `${JSON.stringify({ budget, tasks: results })}\n`);
    }
  }
