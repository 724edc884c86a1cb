import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { runDirectory } from "../../server/runs/runDirectory.ts";
import { encodeNpy, write } from "../support/dataFiles.ts";
import { drawn } from "../support/imageFiles.ts";
import { fated, studentStep } from "./fate.ts";
import { adopt, dead, reborn } from "./lives.ts";
import { assertSameOutcome, outcome } from "./outcome.ts";
import { distill, eventsOf, onlyRun, type Scene, scene, start, succeed, until } from "./support.ts";

/** Samples of two classes, [count, 4, 4, 3] bytes, of which one is bright above. */
function pixels(count: number, seed: number): number[] {
  let state = seed;
  const noise = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 25;
  };
  return Array.from({ length: count * 48 }, (_, i) => {
    const isBright = Math.floor(i / 48) % 2 === (i % 48 < 24 ? 0 : 1);
    return noise() + (isBright ? 100 : 0);
  });
}

async function files({ folder }: Scene): Promise<void> {
  const labels = (count: number) =>
    encodeNpy(
      "<i8",
      [count],
      Array.from({ length: count }, (_, i) => i % 2),
    );
  for (const [name, count] of [
    ["train", 300],
    ["more", 100],
    ["test", 60],
  ] as const) {
    const bytes = pixels(count, count);
    await writeFile(join(folder, `${name}.npy`), encodeNpy("|u1", [count, 4, 4, 3], bytes));
    await writeFile(join(folder, `${name}-labels.npy`), labels(count));
    if (name !== "train") continue;
    for (let i = 0; i < count; i++) {
      const image = drawn(bytes.slice(i * 48, (i + 1) * 48), { height: 4, width: 4, channels: 3 });
      await write(folder, {
        [`photos/${i % 2}/${String(i).padStart(3, "0")}.png`]: await image.png().toBuffer(),
      });
    }
  }
}

const nets = {
  teacher: { type: "layers", preset: "mlp", hidden: [16], train: { epochs: 3 } },
  student: { preset: "mlp", hidden: [12], dropout: 0.2 },
};

const array = (name: string) => ({ type: "npy", features: `${name}.npy`, labels: `${name}-labels.npy` });

/** Numbers with gaps, words and a class. */
async function tables({ folder }: Scene): Promise<void> {
  const words = ["red", "green", "blue", ""];
  for (const [name, count] of [
    ["train", 300],
    ["more", 100],
    ["test", 60],
  ] as const) {
    const values = pixels(count, 2 * count);
    const rows = Array.from({ length: count }, (_, i) => {
      const [first = 0, second = 0] = values.slice(2 * i, 2 * i + 2);
      return `${i % 7 === 0 ? "" : first},${words[second % 4]},${(first + second) % 2}`;
    });
    await writeFile(join(folder, `${name}.csv`), ["size,colour,label", ...rows].join("\n"));
  }
}

const table = (name: string) => ({ type: "csv", path: `${name}.csv`, label: "label" });

for (const [what, train, changes] of [
  ["arrays", array("train"), { augment: [{ type: "shift", pixels: 1 }] }],
  [
    "images",
    { type: "images", folder: "photos" },
    {
      augment: [
        { type: "randomResizedCrop", scale: [0.5, 1] },
        { type: "colorJitter", brightness: 0.2, hue: 0.1 },
        { type: "randAugment" },
      ],
      views: 3,
      sampler: "balanced",
      unlabelled: { type: "npy", features: "more.npy", share: 0.25 },
    },
  ],
  ["tables", table("train"), { unlabelled: table("more"), test: table("test") }],
] as const)
  test(`${what} on disk train to the bits that they train to in memory, killed on the way or not`, {
    timeout: 600_000,
  }, async (context) => {
    const data = {
      train,
      unlabelled: { type: "npy", features: "more.npy" },
      validation: { split: 0.2 },
      test: array("test"),
      normalize: "fit",
      ...changes,
      batchSize: 32,
    };
    const world = async (storage: string) => {
      const it = await scene(context, { with: { data: { ...data, storage }, ...nets }, steps: 120 });
      await (what === "tables" ? tables : files)(it);
      return it;
    };
    const held = await world("memory");
    await succeed(["run", held.file, "--json"]);
    const expected = await outcome(await onlyRun(held));

    const stored = await world("disk");
    const env = fated({ signal: "SIGKILL", event: studentStep, nth: 50 });
    await succeed(["run", stored.file, "--detach"], { env });
    const run = runDirectory(await onlyRun(stored));
    await dead(adopt(run.path));
    await dead(await reborn(run, {}));
    await assertSameOutcome(run.path, expected);

    const events = await eventsOf(run.path);
    const started = events.find((event) => event.type === "started");
    assert.match(JSON.stringify(started), /training samples stay on disk, as data\.storage says/);
    const steps = events.filter((event) => event.type === "step" && event.subject === undefined);
    assert.ok(
      steps.length > 0 && steps.every((event) => "waitingMs" in event && (event.waitingMs ?? -1) >= 0),
    );
    const { stdout: shown } = await distill(["show", run.path]);
    assert.match(shown, /waiting for data: [\d.]+ ?%/);
    await succeed(["report", run.path, "--format", "md", "--out", join(stored.folder, "card.md")]);
    assert.match(
      await readFile(join(stored.folder, "card.md"), "utf8"),
      /waiting for data.*[\d.]+ ?% of the steps' time/,
    );
    const kept = await readdir(join(stored.folder, ".distill", "cache", "samples")).catch(() => []);
    assert.equal(
      kept.filter((name) => name.endsWith(".rows")).length,
      { arrays: 0, images: 1, tables: 4 }[what],
    );
    const told = await distill(["cache", "--json"], { cwd: stored.folder });
    const [cache] = JSON.parse(told.stdout).sampleCaches;
    assert.equal(cache.bytes > 0, kept.length > 0);
    const cleared = await distill(["cache", "--clear"], { cwd: stored.folder });
    assert.match(
      cleared.stdout,
      /samples in the cache: 0\.0 GB of at most [\d.]+ GB in .*\n {2}[\d.]+ GB are cleared/,
    );
  });

test("a file that changes while a run reads it ends the run, which goes on once the file is as it was", {
  timeout: 600_000,
}, async (context) => {
  const data = { train: array("train"), validation: { split: 0.2 }, batchSize: 32, storage: "disk" };
  const it = await scene(context, { with: { data, ...nets }, steps: 400 });
  await files(it);
  const samples = join(it.folder, "train.npy");
  const whole = await readFile(samples);
  const goOn = join(it.folder, "go on");
  const env = fated({ event: studentStep, nth: 5, blocksUntil: goOn });
  const command = start(["run", it.file], { env });
  const run = await until(async () => {
    const [name] = await readdir(it.runs).catch(() => []);
    const path = join(it.runs, name ?? "");
    return name !== undefined &&
      (await eventsOf(path)).some((event) => event.type === "step" && event.subject === undefined)
      ? path
      : undefined;
  });
  await writeFile(
    samples,
    whole.map((byte, i) => (i > 1000 ? 255 - byte : byte)),
  );
  await writeFile(goOn, "");
  const { code, stderr } = await command.finished;
  assert.equal(code, 1);
  assert.match(
    stderr,
    /Failed: \S*train\.npy was changed while its samples were read\.\nWith the file as it was, resume/,
  );
  assert.partialDeepStrictEqual((await eventsOf(run)).at(-1), { type: "failed", code: "file-changed" });

  const refused = await distill(["resume", run]);
  assert.match(refused.stderr, /training data/);
  await writeFile(samples, whole);
  await succeed(["resume", run]);
});
