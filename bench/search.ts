import { execFileSync, spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Experiment } from "../schemas/experiment.gen.ts";
import { generator, normals } from "../server/data/random.ts";
import { loadOnnxRuntime } from "../server/engine/native/onnxruntime.ts";
import type { StoredTensors } from "../server/engine/train/context.ts";
import { distil } from "../server/engine/train/distil.ts";
import { memberExperiment } from "../server/language/memberExperiment.ts";
import { promotion } from "../server/sweep/asha.ts";
import { expand, points, type Settings, searchSpace } from "../server/sweep/expand.ts";
import { byValidation } from "../server/sweep/results.ts";
import { proposal } from "../server/sweep/tpe.ts";
import { memoryWorld } from "../test/support/memoryWorld.ts";
import { rounded } from "./statistics.ts";

/**
 * How good a student each method finds for the same budget of epochs, by validation: random search, successive halving, also asynchronous,
 * and TPE, with the functions that sweeps choose their runs by, and Optuna's TPE. What trains is the trainer's own function, without a process for each run. `node bench/search.ts`, or a part of it with `--task`, `--seed` and `--method`; results in bench/search.json,
 * after each seed of each task.
 */
type Method = "random" | "halving" | "asha" | "tpe" | "optuna";

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

/** What a combination reaches on validation, by the epoch after which it was evaluated, and at its best. */
interface Trained {
  readonly point: Settings;
  readonly best: Metrics | undefined;
  readonly atRung: Metrics | undefined;
}

type Metrics = Readonly<Record<string, number>>;
type Train = (point: Settings) => Promise<Trained>;

/** Trains as a run of a sweep does; the teacher is trained once. */
function trainer(task: Task, folder: string, seed: number): Train {
  const content = { ...task.experiment(folder), training: { epochs }, seed, threads: 1 };
  const teachers = new Map<string, StoredTensors>();
  return async (point) => {
    const { context, events } = memoryWorld({ load: loadOnnxRuntime, folder, teachers });
    const experiment = memberExperiment(content as unknown as Experiment, point, "search");
    const ended = await distil(experiment, {
      ...context,
      cacheDirectory: join(folder, "cache"),
      isBesideOthers: true,
    });
    const evaluations = events.flatMap((event) =>
      event.type === "evaluation" &&
      event.split === "validation" &&
      (event.subject ?? "student") === "student"
        ? [event]
        : [],
    );
    const perEpoch = evaluations.length / epochs;
    return {
      point,
      best: ended.ending === "completed" ? finite(ended.result.best?.metrics) : undefined,
      atRung: finite(evaluations[Math.round(perEpoch * halving.rung) - 1]?.metrics),
    };
  };
}

const finite = (metrics: Readonly<Record<string, number | null>> | undefined): Metrics | undefined =>
  metrics && (Object.fromEntries(Object.entries(metrics).filter(([, value]) => value !== null)) as Metrics);

/** The best first, as a sweep ranks its runs; those without a result last. */
const ranking = (of: (one: Trained) => Metrics | undefined) => (a: Trained, b: Trained) =>
  byValidation(named(of(a)), named(of(b)));

const named = (metrics: Metrics = {}): Metrics =>
  Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`validation.${name}`, value]));

const searches: Readonly<Record<Method, (task: Task, train: Train, seed: number) => Promise<Curve>>> = {
  async random(task, train, seed) {
    const drawn = points({ seed, sweep: { parameters: task.parameters, method: "random", runs: trials } });
    return bestSoFar(await inTurn(drawn, train), task);
  },

  /** What a run has reached counts once it has come to its end, after those that it was compared with. */
  async halving(task, train, seed) {
    const drawn = points({ seed, sweep: { parameters: task.parameters, ...halving } });
    const all = await inTurn(drawn, train);
    const on = all.toSorted(ranking(({ atRung }) => atRung)).slice(0, Math.floor(all.length / halving.eta));
    const inOrder = all.filter((one) => on.includes(one));
    return bestSoFar(
      inOrder,
      task,
      (index) => halving.rung * all.length + (epochs - halving.rung) * (index + 1),
    );
  },

  /** One run at a time: it goes on as soon as it may, else another begins. */
  async asha(task, train, seed) {
    const sweep = { parameters: task.parameters, ...halving, method: "asha", runs: budget / halving.rung };
    const left = points({ seed, sweep });
    const begun: { readonly trained: Trained; isOn: boolean }[] = [];
    const ended: { readonly trained: Trained; readonly spent: number }[] = [];
    for (let spent = 0; ; ) {
      const standings = begun.map(({ trained, isOn }, index) => ({
        runs: [String(index)],
        at: new Map([[halving.rung, trained.atRung && named(trained.atRung)]]),
        goneOn: new Set(isOn ? [halving.rung] : []),
        isTrained: isOn,
      }));
      const on = begun[Number(promotion(standings, halving.eta)?.standing.runs[0])];
      const point = on === undefined ? left.shift() : undefined;
      spent += on === undefined ? halving.rung : epochs - halving.rung;
      if (spent > budget || (on ?? point) === undefined) break;
      if (point !== undefined) begun.push({ trained: await train(point), isOn: false });
      if (on === undefined) continue;
      on.isOn = true;
      ended.push({ trained: on.trained, spent });
    }
    return bestSoFar(
      ended.map(({ trained }) => trained),
      task,
      (index) => ended[index]?.spent ?? budget,
    );
  },

  async tpe(task, train, seed) {
    const sweep = { parameters: task.parameters, method: "tpe", runs: trials };
    const all = await inTurn(expand({ seed, sweep }), train);
    while (all.length < trials) {
      const isDone = ({ best }: Trained) => best !== undefined;
      const point = proposal({
        ...searchSpace({ seed, sweep }),
        ranked: all
          .filter(isDone)
          .sort(ranking(({ best }) => best))
          .map((one) => one.point),
        pending: all.filter((one) => !isDone(one)).map((one) => one.point),
        number: all.length,
      });
      if (point === undefined) break;
      all.push(await train(point));
    }
    return bestSoFar(all, task);
  },

  async optuna(task, train, seed) {
    const child = spawn(python, [optunaProgram], { stdio: ["pipe", "pipe", "inherit"] });
    const space = searchSpace({ sweep: { parameters: task.parameters } }).parameters;
    child.stdin.write(`${JSON.stringify({ space, trials, seed, better: task.better })}\n`);
    const all: Trained[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      const trained = await train(JSON.parse(line) as Settings);
      all.push(trained);
      child.stdin.write(`${JSON.stringify(trained.best?.[task.metric] ?? null)}\n`);
    }
    return bestSoFar(all, task);
  },
};

async function inTurn(drawn: readonly Settings[], train: Train): Promise<Trained[]> {
  const all: Trained[] = [];
  for (const point of drawn) all.push(await train(point));
  return all;
}

/** @param spentAt epochs in all at the end of each */
function bestSoFar(
  all: readonly Trained[],
  { metric, better }: Task,
  spentAt: (index: number) => number = (index) => epochs * (index + 1),
): Curve {
  const isBetter = (a: number, b: number) => (better === "higher" ? a > b : a < b);
  const curve: [number, number][] = [];
  all.forEach(({ best }, index) => {
    const value = best?.[metric];
    const last = curve.at(-1);
    if (value !== undefined && (last === undefined || isBetter(value, last[1])))
      curve.push([spentAt(index), rounded(value)]);
  });
  return curve;
}

/** Makes the environment that Optuna is in. */
function prepareOptuna(): void {
  if (spawnSync(python, ["-c", "import optuna"]).status === 0) return;
  const environment = fileURLToPath(new URL(".venv/optuna", import.meta.url));
  execFileSync("python3", ["-m", "venv", environment], { stdio: "inherit" });
  execFileSync(python, ["-m", "pip", "install", "--quiet", "optuna==5.0.0"], { stdio: "inherit" });
}

/** Rows `x,y,label`: three arms of a turn. */
function spirals(count: number, seed: number): string {
  const next = generator({ seed, step: 0, use: "spirals" });
  const normal = normals(next);
  const rows = Array.from({ length: count }, (_, row) => {
    const along = next() / 2 ** 32;
    const angle = 2 * Math.PI * along + (row % 3) * ((2 * Math.PI) / 3);
    const at = (part: number) => (3 * along * part + 0.1 * normal()).toFixed(4);
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
    task: { type: "string", multiple: true, default: Object.keys(tasks) },
    method: { type: "string", multiple: true, default: Object.keys(searches) },
  },
});
if (given.method.includes("optuna")) prepareOptuna();
const results: Record<string, TaskResults> = existsSync(outFile)
  ? JSON.parse(readFileSync(outFile, "utf8")).tasks
  : {};
for (const seed of given.seed.map(Number))
  for (const [name, task] of Object.entries(tasks).filter(([name]) => given.task.includes(name))) {
    const folder = mkdtempSync(join(tmpdir(), "distill-search-"));
    const train = trainer(task, folder, seed);
    const own = results[name] ?? { metric: task.metric, better: task.better, found: {} };
    results[name] = own;
    for (const method of given.method as Method[]) {
      const curve = await searches[method](task, train, seed);
      own.found[seed] = { ...own.found[seed], [method]: curve };
      process.stdout.write(`${name}, seed ${seed}, ${method}: ${curve.at(-1)?.[1]}\n`);
      writeFileSync(outFile, `${JSON.stringify({ budget, tasks: results })}\n`);
    }
    rmSync(folder, { recursive: true, force: true });
  }
