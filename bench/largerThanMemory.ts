/**
 * Trains on more samples than a process may have memory for: a 4.3 GB array and 200,000 JPEG files, made here, in a control group
 * of 1 GB. Prints the peaks of memory and what steps waited for data, and holds a part that fits, on disk, to the same in memory,
 * bit for bit. Works with dist/: `npm run build` first. Linux only, and root for the control group.
 *
 *     node bench/largerThanMemory.ts [--folder FOLDER] [--images 200000] [--samples 350000] [--memory 1e9] [--steps 600]
 *
 * A folder that is named keeps what was made, for the next time.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import sharp from "sharp";
import type { RunEvent } from "../schemas/run-event.gen.ts";
import { xoshiro128 } from "../server/data/random.ts";
import { eventsOf, start } from "../test/run/support.ts";
import { ownGroup } from "../test/support/memoryGroup.ts";

const { values } = parseArgs({
  options: {
    folder: { type: "string" },
    images: { type: "string", default: "200000" },
    samples: { type: "string", default: "350000" },
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
await makeArray(samples);
await makeImages(Number(values.images));
const arrays = { type: "npy", features: "x.npy", labels: "y.npy" };
const images = { type: "images", folder: "photos", size: [side, side] };
for (const [what, train] of [
  [`array of ${((samples * size) / 1e9).toFixed(1)} GB`, arrays],
  [`${values.images} images`, images],
] as const) {
  for (const time of ["first", "second"]) {
    if (time === "second" && train === arrays) continue;
    console.log(`${what}, ${time} run, in ${(Number(values.memory) / 1e9).toFixed(1)} GB`);
    await run({ train, storage: "auto", limit: Number(values.memory) });
  }
  const part = { ...train, take: 20_000 };
  const [held, stored] = [
    await run({ train: part, storage: "memory" }),
    await run({ train: part, storage: "disk" }),
  ];
  console.log(`  20,000 of them in memory and on disk: ${held === stored ? "the same bits" : "OTHER BITS"}`);
}
if (values.folder === undefined) await rm(folder, { recursive: true });

/** @returns a hash of the student's weights */
async function run({
  train,
  storage,
  limit,
}: {
  readonly train: object;
  readonly storage: string;
  readonly limit?: number;
}): Promise<string> {
  const experiment = {
    data: { train, validation: { split: 0.02 }, normalize: { scale: 1 / 255 }, batchSize: 128, storage },
    student: {
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
  };
  const file = join(folder, "larger.distill.json");
  await writeFile(file, JSON.stringify(experiment));
  const runs = join(folder, ".distill", "runs");
  await rm(runs, { recursive: true, force: true });
  const group = limit === undefined ? undefined : controlGroup(limit);
  const began = performance.now();
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
    console.log(
      `  ${steps} steps in ${((performance.now() - began) / 1000).toFixed(0)} s, ${steady} ms each; peak ${(peak / 1e6).toFixed(0)} MB resident, ${(group.peak() / 1e6).toFixed(0)} MB with the files' pages; waiting for data ${(waitingForData * 100).toFixed(2)} %`,
    );
    group.remove();
  }
  const weights = await readFile(join(directory, "best", "weights.bin"));
  return createHash("sha256").update(weights).digest("hex");
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
    for (let i = 0; i < 4; i++) out[i] = next() >>> 24; // so that none is as another one
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
