import assert from "node:assert/strict";
import { appendFile, copyFile, readdir, readFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import type { Source } from "../../schemas/experiment.gen.ts";
import { encodeIdx, encodeNpy, filesIn, write } from "../../test/support/dataFiles.ts";
import { drawn } from "../../test/support/imageFiles.ts";
import { storageOf } from "../../test/support/storageOf.ts";
import { clearCache } from "./cache/room.ts";
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
const fortran = {
  ...npy("<f4", 10),
  "x.npy": encodeNpy("<f4", [12, 3, 2, 2], numbers(144, 10), { fortran: true }),
};
/** Of 12 samples with one token to five. */
const shown = Array.from({ length: 60 }, (_, i) => Number(i % 5 <= Math.floor(i / 5) % 5));
const tokens = {
  "x.npy": encodeNpy(
    "<i4",
    [12, 5],
    shown.map((isToken, i) => (isToken ? i % 8 : 9)),
  ),
  "m.npy": encodeNpy("|u1", [12, 5], shown),
  "y.npy": labels,
};
const archive = (level: 0 | 9) => ({ "d.npz": zipSync({ ...npy("<f4", 10) }, { level }) });

const rowsOf = (row: (i: number) => readonly unknown[]) =>
  Buffer.from(["a,b,c,y", ...Array.from({ length: 12 }, (_, i) => row(i).join(","))].join("\n"));

const cases: readonly (readonly [string, Readonly<Record<string, Uint8Array>>, Source])[] = [
  ["bytes", npy("|u1", 99), arrays],
  ["floats", npy("<f4", 10), arrays],
  ["floats of the other byte order, a part of them", npy(">f4", 10), { ...arrays, skip: 3, take: 7 }],
  ["doubles with their channels first", npy("<f8", 10), { ...arrays, layout: "channelsFirst" }],
  ["integers", npy(">i2", 300), arrays],
  ["a stored archive", archive(0), { type: "npz", path: "d.npz", features: "x", labels: "y" }],
  ["a packed archive", archive(9), { type: "npz", path: "d.npz", features: "x", labels: "y" }],
  [
    "a part of a packed archive with its channels first",
    archive(9),
    { type: "npz", path: "d.npz", features: "x", labels: "y", layout: "channelsFirst", skip: 3, take: 7 },
  ],
  ["Fortran order", fortran, arrays],
  [
    "a part in Fortran order with its channels first",
    fortran,
    { ...arrays, layout: "channelsFirst", skip: 3, take: 7 },
  ],
  [
    "a packed archive in Fortran order",
    { "d.npz": zipSync(fortran, { level: 9 }) },
    { type: "npz", path: "d.npz", features: "x", labels: "y" },
  ],
  ["numbers of tokens with a mask", tokens, { ...arrays, mask: "m.npy", skip: 1 }],
  [
    "numbers of tokens with a mask in a packed archive",
    { "d.npz": zipSync(tokens, { level: 9 }) },
    { type: "npz", path: "d.npz", features: "x", labels: "y", mask: "m", vocabulary: 9 },
  ],
  [
    "packed IDX",
    {
      i: gzipSync(encodeIdx("uint8", [3, 2, 2], numbers(12, 99))),
      l: encodeIdx("uint8", [3], [0, 2, 1]),
    },
    { type: "idx", images: "i", labels: "l" },
  ],
  [
    "a table of numbers",
    { "t.csv": rowsOf((i) => [...numbers(36, 10).slice(3 * i, 3 * i + 3), "xyz"[i % 3]]) },
    { type: "csv", path: "t.csv", label: "y", skip: 2 },
  ],
  [
    "lines of a regression",
    {
      "t.jsonl": Buffer.from(
        Array.from({ length: 12 }, (_, i) => JSON.stringify({ a: [i, -i], b: i % 2 === 0, y: i / 4 })).join(
          "\n",
        ),
      ),
    },
    { type: "jsonl", path: "t.jsonl", label: "y" },
  ],
  [
    "IDX",
    { i: encodeIdx("uint8", [3, 2, 2], numbers(12, 99)), l: encodeIdx("uint8", [3], [0, 2, 1]) },
    { type: "idx", images: "i", labels: "l" },
  ],
  [
    "CIFAR, across files",
    {
      "data_batch_1.bin": Uint8Array.from([0, 1, 2].flatMap(record)),
      "data_batch_2.bin": Uint8Array.from([3, 4].flatMap(record)),
    },
    { type: "cifar", path: ".", skip: 1, take: 3 },
  ],
];

async function both(t: TestContext, files: Readonly<Record<string, Uint8Array>>, source: Source) {
  const folder = await filesIn(t, files);
  const load = async (options: LoadOptions) => {
    const samples = await loadSource(source, folder, options);
    return "code" in samples ? assert.fail(JSON.stringify(samples)) : samples;
  };
  const onDisk = { storage: "disk", cacheDirectory: join(folder, "cache") } as const;
  return { folder, inMemory: await load({}), stored: await load(onDisk), again: await load(onDisk) };
}

/** All that is known of samples, whatever holds them. */
function assertSame(inMemory: Samples, stored: Samples): void {
  const { values: _, onDisk: __, ...facts } = inMemory;
  const { values: ___, onDisk: ____, ...others } = stored;
  assert.deepEqual(others, facts);
  assert.deepEqual(storageOf(stored), storageOf(inMemory));
  assert.deepEqual(sourceRecord(stored), sourceRecord(inMemory));
  assert.deepEqual(rawSample(stored), rawSample(inMemory));
  assert.deepEqual(fitNormalize(stored), fitNormalize(inMemory));
  const rows = [stored.count - 1, 0, 0];
  const [a, b] = [inMemory, stored].map((samples) => {
    const batch = new Float32Array(rows.length * samples.values.size);
    fillBatch(samples, rows, identityNormalize, batch);
    return batch;
  });
  assert.deepEqual(a, b);
}

for (const [what, files, source] of cases)
  test(`${what}: samples on disk are those that would be in memory`, async (t) => {
    const { inMemory, stored, again } = await both(t, files, source);
    assert.equal(stored.values.inMemory, undefined);
    assert.match(stored.onDisk ?? "", /^as data\.storage says/);
    for (const it of [stored, again]) assertSame(inMemory, it);
    const some = Int32Array.of(2, 0);
    assertSame(select(inMemory, some), select(stored, some));
    assertSame(
      select(select(inMemory, some), Int32Array.of(1)),
      select(select(stored, some), Int32Array.of(1)),
    );
    assertSame(joined(inMemory, select(inMemory, some)), joined(stored, select(inMemory, some)));
    assertSame(joined(inMemory, select(inMemory, some)), joined(inMemory, select(stored, some)));
    const leaks = [inMemory, stored].map((it) => leaksOf({ train: it, test: select(it, some) }));
    assert.deepEqual(leaks[0], leaks[1]);
    assert.equal(leaks[1]?.length, 1);
  });

test("Fortran order is turned in blocks of rows, to the same bits", async (t) => {
  const [count, size] = [67_200, 1000]; // one block is of 64 MiB
  const body = new Uint8Array(count * size);
  for (let i = 0; i < body.length; i++) body[i] = Math.imul(i, 0x9e3779b1) >>> 24;
  const head = encodeNpy("|u1", [count, size], [], { fortran: true });
  const { inMemory, stored } = await both(
    t,
    {
      "x.npy": Buffer.concat([head, body]),
      "y.npy": encodeNpy(
        "|u1",
        [count],
        Array.from({ length: count }, (_, i) => i % 3),
      ),
    },
    arrays,
  );
  const [a, b] = [inMemory, stored].map(storageOf) as [Uint8Array, Uint8Array];
  assert.ok(Buffer.from(a.buffer).equals(Buffer.from(b.buffer)));
  assert.equal(b[(count - 1) * size + 7], body[7 * count + count - 1]);
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
  const { inMemory, stored } = await both(t, npy("<f4", 10), arrays);
  const pool = joined(stored, select(inMemory, Int32Array.of(4, 5)));
  const expected = storageOf(joined(inMemory, select(inMemory, Int32Array.of(4, 5))));
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
  const inMemory = await load({});
  assert.deepEqual(decoded.at(-1), [7, 7]);
  for (const times of [1, 0]) {
    decoded.length = 0;
    const stored = await load({ storage: "disk", cacheDirectory });
    assert.equal(decoded.length, 7 * times);
    assert.equal(stored.values.inMemory, undefined);
    assertSame(inMemory, stored);
    assert.deepEqual(
      stored.remarks?.map(({ code }) => code),
      ["images-skipped"],
    );
  }
  const use = { storage: "disk", cacheDirectory } as const;
  const kept = async () =>
    (await readdir(join(cacheDirectory, "samples"))).filter((name) => name.endsWith(".rows"));
  const decodes = async (count: number, what: string) => {
    decoded.length = 0;
    const samples = await load(use);
    assert.equal(decoded.length, count, what);
    return samples;
  };
  const later = new Date(Date.now() + 5000);
  for (const name of ["a/0", "b/1"]) await utimes(join(folder, `p/${name}.png`), later, later);
  assertSame(inMemory, await decodes(0, "of files whose times alone have changed"));
  await rename(join(folder, "p/a/2.png"), join(folder, "p/a/2b.png"));
  assertSame(inMemory, await decodes(0, "of a file that has another name"));
  assert.equal((await kept()).length, 1);

  const [name = ""] = await kept();
  const file = join(cacheDirectory, "samples", name);
  const whole = await readFile(file);
  await writeFile(file, whole.fill(1, 0, 1));
  assertSame(inMemory, await decodes(6, "of a damaged block"));
  await writeFile(file, whole.subarray(0, -1));
  assertSame(inMemory, await decodes(7, "of a damaged file"));

  await write(folder, { "p/a/0.png": await photo(77) });
  const changed = await decodes(1, "of a changed one");
  assert.notEqual(changed.contentHash, inMemory.contentHash);
  for (const name of ["1", "3"])
    await copyFile(join(folder, `p/b/${name}.png`), join(folder, `p/a/b${name}.png`));
  await rm(join(folder, "p/b"), { recursive: true });
  await decodes(0, "of another source that has the same pictures");
  assert.equal((await clearCache(join(cacheDirectory, "samples"))) > 0, true);
  assert.deepEqual(await readdir(join(cacheDirectory, "samples")), []);
  await decodes(6, "after the cache was cleared");
});

test("the cache of samples keeps to its limit, and says what does not fit into it", async (t) => {
  const before = process.env["DISTILL_CACHE_GB"];
  t.after(() => {
    if (before === undefined) delete process.env["DISTILL_CACHE_GB"];
    else process.env["DISTILL_CACHE_GB"] = before;
  });
  const images = (count: number, value: number) =>
    gzipSync(
      encodeIdx(
        "uint8",
        [count, 1000, 1000],
        Array.from({ length: count * 1e6 }, () => value),
      ),
    );
  const folder = await filesIn(t, {
    a: images(3, 1),
    b: images(3, 2),
    large: images(6, 3),
    l: encodeIdx("uint8", [3], [0, 1, 0]),
    m: encodeIdx("uint8", [6], [0, 1, 0, 1, 0, 1]),
  });
  const cacheDirectory = join(folder, "cache");
  const load = async (images: string, labels: string) => {
    const samples = await loadSource({ type: "idx", images, labels }, folder, {
      storage: "disk",
      cacheDirectory,
    });
    const names = await readdir(join(cacheDirectory, "samples"));
    return "code" in samples ? samples : names.filter((name) => !name.endsWith(".contents"));
  };
  process.env["DISTILL_CACHE_GB"] = "0.005";
  const kept = [await load("a", "l"), await load("a", "l"), await load("b", "l")];
  assert.deepEqual(
    kept.map((names) => Array.isArray(names) && names.length),
    [1, 1, 1],
    "the older one has made room",
  );
  assert.deepEqual(kept[1], kept[0]);
  assert.notDeepEqual(kept[2], kept[0]);
  assert.match(
    JSON.stringify(await load("large", "m")),
    /"too-large".*take 0\.0 GB on disk, more than the 0\.0 GB that the cache of samples may take/,
  );
});
