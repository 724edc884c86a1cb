/**
 * Trains on more samples than a process may have memory for: a 4.3 GB array, 200,000 JPEG files, a CSV and a Parquet table of 2.1 GB, a
 * packed array and one in Fortran order of 2.1 GB, numbers of tokens with their mask of 1.3 GB, and a teacher's packed outputs of 2.1 GB, made
 * here, in a control group of 1 GB. Prints the peaks of memory and how long steps waited for data, and compares
 * a part that fits, on disk and in memory, bit for bit. Works with dist/: `npm run build` first. Linux only, and root for
 * the control group; Parquet and most arrays are made by the bench's Python, with pyarrow.
 *
 *     node bench/largerThanMemory.ts [--folder FOLDER] [--only csv …] [--keep] [--images 200000] [--samples 350000] [--memory 1e9] [--steps 600]
 *
 * A folder that is named keeps what was made, for the next time. `--keep` writes the figures into bench/results.json.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import sharp from "sharp";
import type { Experiment, Source } from "../schemas/experiment.gen.ts";
import type { RunEvent } from "../schemas/run-event.gen.ts";
import { xoshiro128 } from "../server/data/random.ts";
import { eventsOf, start } from "../test/run/support.ts";
import { ownGroup } from "../test/support/memoryGroup.ts";
import { keepResults, readResults } from "./results.ts";

const { values } = parseArgs({
  options: {
    folder: { type: "string" },
    only: { type: "string", multiple: true },
    keep: { type: "boolean" },
    images: { type: "string", default: "200000" },
    samples: { type: "string", default: "350000" },
    rows: { type: "string", default: "2600000" },
    memory: { type: "string", default: "1e9" },
    steps: { type: "string", default: "600" },
  },
});
const side = 64;
const size = side * side * 3;
/** Bytes of ten rows of pixels, after which brightness repeats. */
const period = 10 * side * 3;
const folder = values.folder ?? (await mkdtemp(join(tmpdir(), "larger-")));
const cli = new URL("../dist/cli.mjs", import.meta.url).pathname;

await mkdir(folder, { recursive: true });
const samples = Number(values.samples);
const rows = Number(values.rows);
const packed = Math.floor(samples / 2);
const at = (name: string) => join(folder, name);

/** What is trained on, and how it is made. */
const kinds = {
  npy: {
    what: `array of ${((samples * size) / 1e9).toFixed(1)} GB`,
    make: () => makeArray(samples),
    train: { type: "npy", features: "x.npy", labels: "y.npy" },
  },
  images: {
    what: `${values.images} images`,
    make: () => makeImages(Number(values.images)),
    train: { type: "images", folder: "photos", size: [side, side] },
  },
  npz: {
    what: `packed array of ${((packed * size) / 1e9).toFixed(1)} GB`,
    async make() {
      await makeArray(samples);
      makeByPython("d.npz", ["npz", String(packed), at("x.npy"), at("y.npy")]);
    },
    train: { type: "npz", path: "d.npz", features: "x", labels: "y" },
  },
  csv: {
    what: `CSV of ${rows} rows and 100 columns`,
    make: () => makeTable(rows),
    train: { type: "csv", path: "t.csv", label: "label" },
  },
  fortran: {
    what: `array in Fortran order of ${((packed * size) / 1e9).toFixed(1)} GB`,
    async make() {
      await makeArray(samples);
      makeByPython("f.npy", ["fortran", String(packed), at("x.npy"), at("y.npy"), at("fy.npy")]);
    },
    train: { type: "npy", features: "f.npy", labels: "fy.npy" },
  },
  tokens: {
    what: `${rows} texts of 128 numbers of tokens, with a mask`,
    async make() {
      makeByPython("tokens.npz", ["tokens", String(rows)]);
    },
    train: {
      type: "npz",
      path: "tokens.npz",
      features: "ids",
      labels: "y",
      mask: "mask",
      vocabulary: 30_001,
    },
    experiment: {
      student: {
        layers: [
          { type: "embedding", inputDim: 30_001, outputDim: 16, maskToken: 30_000 },
          { type: "globalAveragePooling1d" },
          { type: "dense", units: 10 },
        ],
      },
    },
  },
  outputs: {
    what: `packed outputs of a teacher, ${rows} of 200 classes`,
    async make() {
      makeByPython("said.npz", ["outputs", String(rows), at("s.npz")]);
    },
    train: { type: "npz", path: "s.npz", features: "x", labels: "y" },
    experiment: {
      teacher: { type: "outputs", train: "said.npz", outputs: "logits" },
      student: { preset: "mlp", hidden: [64] },
      losses: [
        { type: "kd", temperature: 2 },
        { type: "ce", weight: 0.1 },
      ],
    },
  },
  parquet: {
    what: `Parquet of ${2 * rows} rows and 100 columns`,
    async make() {
      makeByPython("t.parquet", ["parquet", String(2 * rows)]);
    },
    train: { type: "parquet", path: "t.parquet", label: "label" },
  },
} as const satisfies Readonly<Record<string, Kind>>;

interface Kind {
  readonly what: string;
  readonly make: () => Promise<void>;
  readonly train: Source;
  /** What of the experiment is as the kind needs it. */
  readonly experiment?: Partial<Experiment>;
}

const measured: Record<string, unknown> = {};
for (const [kind, { what, make, train, experiment }] of Object.entries<Kind>(kinds)) {
  if (values.only && !values.only.includes(kind)) continue;
  await make();
  const runs: unknown[] = [];
  for (const time of ["first", "second"]) {
    if (time === "second" && kind === "npy") continue;
    console.log(`${what}, ${time} run, in ${(Number(values.memory) / 1e9).toFixed(1)} GB`);
    runs.push((await run({ train, experiment, storage: "auto", limit: Number(values.memory) })).figures);
  }
  const part = { ...train, take: 20_000 };
  const [inMemory, onDisk] = [
    await run({ train: part, experiment, storage: "memory" }),
    await run({ train: part, experiment, storage: "disk" }),
  ];
  const areSame = inMemory.weights === onDisk.weights;
  console.log(`  20,000 of them in memory and on disk: ${areSame ? "the same bits" : "OTHER BITS"}`);
  measured[kind] = {
    what,
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0]?.model}, ${availableParallelism()} threads`,
    limitMb: Number(values.memory) / 1e6,
    runs,
    areSame,
  };
}
if (values.keep) {
  const { largerThanMemory = {} } = readResults();
  keepResults({ largerThanMemory: { ...(largerThanMemory as object), ...measured } });
}
if (values.folder === undefined) await rm(folder, { recursive: true });

/** @returns a hash of the student's weights, and figures where memory is limited */
async function run({
  train,
  experiment: own,
  storage,
  limit,
}: {
  readonly train: Source;
  readonly experiment: Partial<Experiment> | undefined;
  readonly storage: "auto" | "memory" | "disk";
  readonly limit?: number;
}): Promise<{ readonly weights: string; readonly figures?: object }> {
  const isTable = "label" in train;
  const experiment: Experiment = {
    data: {
      train,
      validation: { split: 0.02 },
      normalize: isTable ? "fit" : own === undefined ? { scale: 1 / 255 } : {},
      batchSize: 128,
      storage,
    },
    student: isTable
      ? { preset: "mlp", hidden: [64] }
      : {
          layers: [
            { type: "conv2d", filters: 16, kernelSize: 3, strides: 2, padding: "same", activation: "relu" },
            { type: "conv2d", filters: 32, kernelSize: 3, strides: 2, padding: "same", activation: "relu" },
            { type: "conv2d", filters: 32, kernelSize: 3, strides: 2, padding: "same", activation: "relu" },
            { type: "globalAveragePooling2d" },
            { type: "dense", units: 10 },
          ],
        },
    losses: [{ type: "ce" }],
    training: { steps: Number(values.steps), reportEvery: 50 },
    baselines: { studentAlone: false },
    seed: 1,
    threads: 1,
    ...own,
  };
  const file = join(folder, "larger.distill.json");
  await writeFile(file, JSON.stringify(experiment));
  const runs = join(folder, ".distill", "runs");
  await rm(runs, { recursive: true, force: true });
  const group = limit === undefined ? undefined : controlGroup(limit);
  const began = performance.now();
  let figures: object | undefined;
  const { pid, finished } = start(["run", file], { cli, cwd: folder });
  group?.take(pid);
  let peak = 0;
  const looking = setInterval(() => {
    for (const one of group?.members() ?? []) peak = Math.max(peak, peakOf(one));
  }, 200);
  const { code, stdout, stderr } = await finished;
  clearInterval(looking);
  if (code !== 0) throw new Error(stdout + stderr);
  const [name = ""] = (await readdir(runs)).filter((name) => !name.startsWith("."));
  const directory = join(runs, name);
  if (group !== undefined) {
    const events = await eventsOf(directory);
    const ended = events.at(-1) as RunEvent & { type: "completed" };
    const { waitingForData = 0, steps } = ended.summary;
    const steady = events.flatMap((event) => (event.type === "step" ? [event.stepMs ?? 0] : [])).at(-1);
    figures = {
      steps,
      seconds: Math.round((performance.now() - began) / 1000),
      stepMs: steady,
      residentMb: Math.round(peak / 1e6),
      withPagesMb: Math.round(group.peak() / 1e6),
      waitingForData,
    };
    console.log(`  ${JSON.stringify(figures)}`);
    group.remove();
  }
  const weights = await readFile(join(directory, "best", "weights.bin"));
  return { weights: createHash("sha256").update(weights).digest("hex"), ...(figures && { figures }) };
}

function makeByPython(name: string, [kind = "", ...args]: readonly string[]): void {
  const python = new URL(".venv/bin/python", import.meta.url).pathname;
  const script = new URL("larger.py", import.meta.url).pathname;
  if (!existsSync(at(name))) execFileSync(python, [script, kind, ...args, at(name)], { stdio: "inherit" });
}

/** A table of which each row has a number of its own, and 99 that are as those of a thousand others. */
async function makeTable(count: number): Promise<void> {
  if (existsSync(at("t.csv"))) return;
  const next = xoshiro128([7, 2, 3, 4]);
  const number = () => (next() / 2 ** 32).toFixed(5);
  const bodies = Array.from({ length: 1000 }, (_, i) =>
    [
      ...Array.from({ length: 99 }, (_, k) => (k % 10 === i % 10 ? `1${number().slice(1)}` : number())),
      i % 10,
    ].join(","),
  );
  const file = await open(at("t.csv"), "w");
  await file.write(`${[...Array.from({ length: 100 }, (_, k) => `c${k}`), "label"].join(",")}\n`);
  for (let first = 0; first < count; first += 1000)
    await file.write(
      bodies
        .slice(0, count - first)
        .map((body) => `${number()},${body}\n`)
        .join(""),
    );
  await file.close();
}

function controlGroup(bytes: number) {
  const { parent, limit } = ownGroup();
  const path = join(parent, `distill-larger-${process.pid}`);
  mkdirSync(path);
  writeFileSync(join(path, limit), String(bytes));
  const peak = ["memory.max_usage_in_bytes", "memory.peak"].find((name) => existsSync(join(path, name)));
  const members = () =>
    readFileSync(join(path, "cgroup.procs"), "utf8").split("\n").filter(Boolean).map(Number);
  return {
    take: (pid: number) => writeFileSync(join(path, "cgroup.procs"), String(pid)),
    members,
    peak: () => Number(peak === undefined ? 0 : readFileSync(join(path, peak), "utf8")),
    remove: () => rmdirSync(path),
  };
}

/** Most bytes that a process has had in memory. */
function peakOf(pid: number): number {
  try {
    return 1024 * Number(/^VmHWM:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0; // It has ended.
  }
}

/** Images of noise, of which each class is brighter in other rows: cut out of as much noise as is quickly made. */
function imageCutter(seed: number): (label: number, out: Uint8Array) => void {
  const next = xoshiro128([seed, 2, 3, 4]);
  const noise = Uint8Array.from({ length: period * 1000 }, () => next() >>> 25);
  const classes = Array.from({ length: 10 }, (_, label) =>
    noise.map((value, i) => value + (Math.floor(i / (side * 3)) % 10 === label ? 90 : 0)),
  );
  return (label, out) => {
    const start = period * (next() % Math.floor((noise.length - out.length) / period));
    out.set((classes[label] as Uint8Array).subarray(start, start + out.length));
    for (let i = 0; i < 4; i++) out[i] = next() >>> 24; // so that all differ
  };
}

async function makeArray(count: number): Promise<void> {
  const path = join(folder, "x.npy");
  if (existsSync(path)) return;
  const draw = imageCutter(1);
  await writeFile(
    join(folder, "y.npy"),
    npy("<i8", [count], Buffer.from(BigInt64Array.from({ length: count }, (_, i) => BigInt(i % 10)).buffer)),
  );
  const file = await open(path, "w");
  await file.write(npy("|u1", [count, side, side, 3], Buffer.alloc(0)));
  const block = new Uint8Array(1000 * size);
  for (let i = 0; i < count; i++) {
    draw(i % 10, block.subarray((i % 1000) * size, ((i % 1000) + 1) * size));
    if (i % 1000 === 999 || i === count - 1) await file.write(block, 0, ((i % 1000) + 1) * size);
  }
  await file.close();
}

function npy(descr: string, shape: readonly number[], data: Buffer): Buffer {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(", ")},), }`;
  const padded = `${header.padEnd(117)}\n`;
  const head = Buffer.alloc(10);
  head.write("\x93NUMPY\x01\x00", "latin1");
  head.writeUInt16LE(padded.length, 8);
  return Buffer.concat([head, Buffer.from(padded), data]);
}

async function makeImages(count: number): Promise<void> {
  const photos = join(folder, "photos");
  if (existsSync(photos)) return;
  const draw = imageCutter(5);
  for (let label = 0; label < 10; label++) await mkdir(join(photos, String(label)), { recursive: true });
  for (let first = 0; first < count; first += 64)
    await Promise.all(
      Array.from({ length: Math.min(64, count - first) }, (_, k) => {
        const i = first + k;
        const image = new Uint8Array(size);
        draw(i % 10, image);
        return sharp(image, { raw: { width: side, height: side, channels: 3 } })
          .jpeg({ quality: 60 })
          .toFile(join(photos, String(i % 10), `${String(i).padStart(6, "0")}.jpg`));
      }),
    );
}
