import assert from "node:assert/strict";
import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { zipSync } from "fflate";
import type { Source } from "../../schemas/experiment.gen.ts";
import { encodeIdx, encodeNpy, filesIn, write } from "../../test/support/dataFiles.ts";
import { drawn } from "../../test/support/imageFiles.ts";
import { storageOf } from "../../test/support/storageOf.ts";
import { leaksOf } from "./leaks.ts";
import { fitNormalize, identityNormalize } from "./normalize.ts";
import { sourceRecord } from "./provenance.ts";
import { rawSample } from "./rawSample.ts";
import { readAhead } from "./readAhead.ts";
import { fillBatch, joined, type Samples, select } from "./samples.ts";
import type { LoadOptions } from "./sources/options.ts";
import { loadSource } from "./sources/sources.ts";

const numbers = (count: number, scale: number) =>
  Array.from({ length: count }, (_, i) => Math.round(scale * Math.sin(i * 12.9898)));

const labels = encodeNpy(
  "<i8",
  [12],
  Array.from({ length: 12 }, (_, i) => i % 3),
);
const npy = (descr: string, scale: number) => ({
  "x.npy": encodeNpy(descr, [12, 3, 2, 2], numbers(144, scale)),
  "y.npy": labels,
});
const arrays = { type: "npy", features: "x.npy", labels: "y.npy" } as const;
const record = (i: number) => [i % 10, ...numbers(3072, 100 + i).map((value) => value & 255)];
const archive = (level: 0 | 9) => ({ "d.npz": zipSync({ ...npy("<f4", 10) }, { level }) });

/** Sources, and whether their samples can stay where they are. */
const cases: readonly (readonly [string, Readonly<Record<string, Uint8Array>>, Source, boolean])[] = [
  ["bytes", npy("|u1", 99), arrays, true],
  ["floats", npy("<f4", 10), arrays, true],
  ["floats of the other byte order, a part of them", npy(">f4", 10), { ...arrays, skip: 3, take: 7 }, true],
  ["doubles with their channels first", npy("<f8", 10), { ...arrays, layout: "channelsFirst" }, true],
  ["integers", npy(">i2", 300), arrays, true],
  ["a stored archive", archive(0), { type: "npz", path: "d.npz", features: "x", labels: "y" }, true],
  ["a packed archive", archive(9), { type: "npz", path: "d.npz", features: "x", labels: "y" }, false],
  [
    "IDX",
    { i: encodeIdx("uint8", [3, 2, 2], numbers(12, 99)), l: encodeIdx("uint8", [3], [0, 2, 1]) },
    { type: "idx", images: "i", labels: "l" },
    true,
  ],
  [
    "CIFAR, across files",
    {
      "data_batch_1.bin": Uint8Array.from([0, 1, 2].flatMap(record)),
      "data_batch_2.bin": Uint8Array.from([3, 4].flatMap(record)),
    },
    { type: "cifar", path: ".", skip: 1, take: 3 },
    true,
  ],
];

async function both(t: TestContext, files: Readonly<Record<string, Uint8Array>>, source: Source) {
  const folder = await filesIn(t, files);
  const load = async (options: LoadOptions) => {
    const samples = await loadSource(source, folder, options);
    assert.ok(!("code" in samples), JSON.stringify(samples));
    return samples;
  };
  return { folder, held: await load({}), stored: await load({ storage: "disk" }) };
}

/** All that is known of samples, whatever holds them. */
function assertSame(held: Samples, stored: Samples): void {
  const { values: _, onDisk: __, ...facts } = held;
  const { values: ___, onDisk: ____, ...others } = stored;
  assert.deepEqual(others, facts);
  assert.deepEqual(storageOf(stored), storageOf(held));
  assert.deepEqual(sourceRecord(stored), sourceRecord(held));
  assert.deepEqual(rawSample(stored), rawSample(held));
  assert.deepEqual(fitNormalize(stored), fitNormalize(held));
  const rows = [stored.count - 1, 0, 0];
  const [a, b] = [held, stored].map((samples) => {
    const batch = new Float32Array(rows.length * samples.values.size);
    fillBatch(samples, rows, identityNormalize, batch);
    return batch;
  });
  assert.deepEqual(a, b);
}

for (const [what, files, source, canStay] of cases)
  test(`${what}: samples on disk are those that would be in memory`, async (t) => {
    const { held, stored } = await both(t, files, source);
    assert.equal(stored.values.inMemory === undefined, canStay);
    assert.equal(stored.onDisk !== undefined, canStay);
    assertSame(held, stored);
    const some = Int32Array.of(2, 0);
    assertSame(select(held, some), select(stored, some));
    assertSame(select(select(held, some), Int32Array.of(1)), select(select(stored, some), Int32Array.of(1)));
    assertSame(joined(held, select(held, some)), joined(stored, select(held, some)));
    assertSame(joined(held, select(held, some)), joined(held, select(stored, some)));
    const leaks = [held, stored].map((it) => leaksOf({ train: it, test: select(it, some) }));
    assert.deepEqual(leaks[0], leaks[1]);
    assert.equal(leaks[1]?.length, 1);
  });

test("a number that is not finite is found on disk, too, and a file that is changed later is not read on", async (t) => {
  const files = { "x.npy": encodeNpy("<f4", [12, 12], numbers(144, 10)), "y.npy": labels };
  const { folder, stored } = await both(t, files, arrays);
  await appendFile(join(folder, "x.npy"), "more");
  assert.throws(() => storageOf(stored), /x\.npy was changed while its samples were read/);
  const bad = numbers(144, 10);
  bad[31] = Number.NaN;
  await writeFile(join(folder, "x.npy"), encodeNpy("<f4", [12, 12], bad));
  const [inMemory, onDisk] = await Promise.all(
    (["memory", "disk"] as const).map((storage) => loadSource(arrays, folder, { storage })),
  );
  assert.deepEqual(onDisk, inMemory);
  assert.match(JSON.stringify(onDisk), /"Value 7 of sample 2 is not a finite float32/);
});

test("a thread reads ahead what steps will ask for, from wherever a run goes on", async (t) => {
  const { held, stored } = await both(t, npy("<f4", 10), arrays);
  const pool = joined(stored, select(held, Int32Array.of(4, 5)));
  const expected = storageOf(joined(held, select(held, Int32Array.of(4, 5))));
  const size = pool.values.size;
  const steps = Array.from({ length: 300 }, (_, step) =>
    Int32Array.from({ length: step === 299 ? 2 : 5 }, (_, i) => (step * 7 + i * 3) % pool.count),
  );
  const ahead = readAhead(pool.values, { batch: 5, rowsOf: (step) => steps[step] });
  t.after(() => ahead.close());
  const take = async (step: number) => {
    const read = await ahead.of(step);
    const rows = steps[step] ?? assert.fail();
    assert.equal(read.length, rows.length * size);
    rows.forEach((row, i) => {
      assert.deepEqual(read.slice(i * size, (i + 1) * size), expected.slice(row * size, (row + 1) * size));
    });
  };
  for (const step of steps.keys()) if (step >= 100) await take(step);
  for (const step of [3, 4, 299]) await take(step);
  await assert.rejects(ahead.of(300), /no step 300/);
});

test("reading ahead fails as reading does", async (t) => {
  const { folder, stored } = await both(t, npy("<f4", 10), arrays);
  await appendFile(join(folder, "x.npy"), "more");
  const ahead = readAhead(stored.values, { batch: 1, rowsOf: () => Int32Array.of(0) });
  t.after(() => ahead.close());
  await assert.rejects(ahead.of(0), /was changed while its samples were read/);
});

test("images are decoded once into a file of the cache, and again where one of them has changed", async (t) => {
  const folder = await filesIn(t, {});
  const photo = (value: number) => {
    const bytes = Array.from({ length: 12 }, (_, i) => value + i);
    return drawn(bytes, { height: 2, width: 2, channels: 3 }).png().toBuffer();
  };
  for (let i = 0; i < 6; i++) await write(folder, { [`p/${"ab"[i % 2]}/${i}.png`]: await photo(20 * i) });
  await write(folder, { "p/a/broken.png": "none" });
  const source = { type: "images", folder: "p", onBroken: "skip" } as const;
  const cacheDirectory = join(folder, "cache");
  const decoded: (readonly [number, number])[] = [];
  const load = async (options: LoadOptions) => {
    const samples = await loadSource(source, folder, {
      ...options,
      onImage: (...at) => decoded.push(at),
    });
    assert.ok(!("code" in samples), JSON.stringify(samples));
    return samples;
  };
  const held = await load({});
  assert.deepEqual(decoded.at(-1), [7, 7]);
  for (const times of [1, 0]) {
    decoded.length = 0;
    const stored = await load({ storage: "disk", cacheDirectory });
    assert.equal(decoded.length, 7 * times);
    assert.equal(stored.values.inMemory, undefined);
    assertSame(held, stored);
    assert.deepEqual(
      stored.remarks?.map(({ code }) => code),
      ["images-skipped"],
    );
  }
  await mkdir(join(folder, "p"), { recursive: true });
  await write(folder, { "p/a/0.png": await photo(77) });
  decoded.length = 0;
  const changed = await load({ storage: "disk", cacheDirectory });
  assert.equal(decoded.length, 7);
  assert.notEqual(changed.contentHash, held.contentHash);
});
