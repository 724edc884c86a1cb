/**
 * Disturbs runs of every kind on every engine, resumes them, and compares the result with an undisturbed run, bit for
 * bit: kills in each phase, suspended processes, clocks that jump by hours and months, full disks. Appends to
 * bench/reliability.json after each run. Needs dist/: `npm run build` first.
 *
 *     node bench/reliability.ts [--kills 20] [--stops 5] [--clock 10] [--disks 2] [--engine onnxruntime] [--kind cached]
 *                               [--seed 1] [--minutes 10] [--results FILE]
 *
 * Without `--kind` all kinds take turns. Linux only; disks need root.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ownVersion } from "../server/packageRoot.ts";
import { eventsOf } from "../test/run/support.ts";
import { fill, onDisk, usedBytes } from "./reliability/disks.ts";
import { disturb } from "./reliability/disturb.ts";
import { type Kind, kinds, makeScene, partsOf, type Result, resultOf } from "./reliability/kinds.ts";
import { distill, killAll, type Phase, runOf, spansOf } from "./reliability/lifetime.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "20" },
    stops: { type: "string", default: "5" },
    clock: { type: "string", default: "10" },
    disks: { type: "string", default: "2" },
    engine: { type: "string", default: "onnxruntime" },
    kind: { type: "string" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    minutes: { type: "string", default: "60" },
    results: { type: "string", default: fileURLToPath(new URL("reliability.json", import.meta.url)) },
  },
});
const { engine } = values;
const wanted = {
  kills: Number(values.kills),
  stops: Number(values.stops),
  jumps: Number(values.clock),
  disks: Number(values.disks),
};
const end = Date.now() + Number(values.minutes) * 60_000;
const { results } = values;

/** Disturbances of the runs of one kind, with one version, on one day. */
interface Row {
  kind: string;
  engine: string;
  date: string;
  versions: { distillery: string; node: string; engine: string };
  runs: number;
  /** By phase. */
  kills: Record<string, number>;
  stops: number;
  jumps: number;
  /** Disk sizes tried, and how many were too small. */
  disks: number;
  disksFull: number;
  failures: number;
}

type Figures = Partial<Pick<Row, "kills" | "stops" | "jumps" | "disks" | "disksFull" | "failures">>;

interface Undisturbed {
  readonly result: Result;
  readonly spans: ReadonlyMap<Phase, number>;
  readonly bytes: number;
  readonly version: string;
}

const folder = await mkdtemp(join(tmpdir(), "reliability-"));
const total = { runs: 0, kills: 0, stops: 0, jumps: 0, disks: 0, failures: 0 };
try {
  const all = Object.keys(kinds) as Kind[];
  const turns = values.kind === undefined ? all : all.filter((kind) => kind === values.kind);
  if (turns.length === 0) throw new Error(`--kind is one of ${all.join(", ")}`);
  const undisturbed = new Map<Kind, Undisturbed>();
  const isMissing = () => (["kills", "stops", "jumps"] as const).some((what) => total[what] < wanted[what]);
  for (let turn = 0; (isMissing() || total.disks < wanted.disks) && Date.now() < end; turn++) {
    const kind = turns[turn % turns.length] as Kind;
    const seed = Number(values.seed) + turn;
    const whole = undisturbed.get(kind) ?? (await undisturbedRun(kind));
    undisturbed.set(kind, whole);
    if (isMissing()) await attempt(kind, seed, whole, () => disturbed(kind, seed, whole));
    if (total.disks < wanted.disks && Date.now() < end)
      await attempt(kind, seed, whole, () => onFull(kind, turn, whole));
  }
  console.log(JSON.stringify({ engine, seed: values.seed, ...total }));
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = total.failures > 0 ? 1 : 0;

async function undisturbedRun(kind: Kind): Promise<Undisturbed> {
  const place = join(folder, `whole-${kind}`);
  return onDisk(place, async () => {
    const scene = await makeScene(place, kind, engine);
    const before = await usedBytes(place);
    const { code, stderr } = await distill(["run", scene.file, "--json"]);
    const run = await runOf(scene);
    if (code !== 0 || run === undefined) throw new Error(`${kind} on ${engine}, undisturbed: ${stderr}`);
    const events = await eventsOf(partsOf(run).at(-1) as string);
    const first = await eventsOf(partsOf(run)[1] ?? run);
    const started = first.find((event) => event.type === "started");
    return {
      result: await resultOf(run),
      spans: new Map([...spansOf(events), ...spansOf(first), ["starting", 600]]),
      bytes: (await usedBytes(place)) - before,
      version: started?.type === "started" ? (started.engine ?? engine) : engine,
    };
  });
}

async function disturbed(kind: Kind, seed: number, { spans, result }: Undisturbed): Promise<Figures> {
  const place = join(folder, `${kind}-${seed}`);
  await mkdir(place);
  const scene = await makeScene(place, kind, engine);
  try {
    const plan = { stops: total.stops < wanted.stops, clock: total.jumps < wanted.jumps };
    return await disturb(scene, { kind, random: generator(seed), spans, ...plan }, result);
  } finally {
    const run = await runOf(scene);
    if (run !== undefined) await killAll(run, (pids) => pids);
    await rm(place, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function onFull(kind: Kind, turn: number, { bytes, result }: Undisturbed): Promise<Figures> {
  // From nothing to somewhat more than enough, evenly spread, however many there are in the end.
  const share = (total.disks * (Math.sqrt(5) - 1) * 0.5) % 1;
  const free = Math.round(bytes * 1.1 * share);
  const isFull = await fill(join(folder, `disk-${turn}`), { kind, engine, free }, result);
  return { disks: 1, disksFull: isFull ? 1 : 0 };
}

/** One run, printed and added to the record. */
async function attempt(
  kind: Kind,
  seed: number,
  whole: Undisturbed,
  work: () => Promise<Figures>,
): Promise<void> {
  let figures: Figures;
  try {
    figures = await work();
  } catch (error) {
    figures = { failures: 1 };
    const { kills, stops, clock, disks } = values;
    console.error(
      `FAILED: ${(error as Error).stack}\nrepeat: node bench/reliability.ts --engine ${engine} --kind ${kind} --seed ${seed} --kills ${kills} --stops ${stops} --clock ${clock} --disks ${disks}`,
    );
  }
  total.runs += 1;
  total.kills += Object.values(figures.kills ?? {}).reduce((sum, count) => sum + count, 0);
  for (const key of ["stops", "jumps", "disks", "failures"] as const) total[key] += figures[key] ?? 0;
  console.log(JSON.stringify({ kind, seed, ...figures }));
  await add(kind, whole.version, figures);
}

async function add(kind: Kind, version: string, figures: Figures): Promise<void> {
  const rows = JSON.parse(await readFile(results, "utf8").catch(() => "[]")) as Row[];
  const own = {
    kind,
    engine,
    date: new Date().toISOString().slice(0, 10),
    versions: { distillery: ownVersion(), node: process.versions.node, engine: version },
  };
  const same = (row: Row) =>
    (["kind", "engine", "date"] as const).every((key) => row[key] === own[key]) &&
    JSON.stringify(row.versions) === JSON.stringify(own.versions);
  let row = rows.find(same);
  if (row === undefined) {
    row = { ...own, runs: 0, kills: {}, stops: 0, jumps: 0, disks: 0, disksFull: 0, failures: 0 };
    rows.push(row);
  }
  row.runs += 1;
  for (const [phase, count] of Object.entries(figures.kills ?? {}))
    row.kills[phase] = (row.kills[phase] ?? 0) + count;
  for (const key of ["stops", "jumps", "disks", "disksFull", "failures"] as const)
    row[key] += figures[key] ?? 0;
  await writeFile(results, `${JSON.stringify(rows, null, 2)}\n`);
}

function generator(seed: number): () => number {
  let state = Math.imul(seed, 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
