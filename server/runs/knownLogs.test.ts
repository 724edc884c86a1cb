import assert from "node:assert/strict";
import { appendFile, lstat, mkdtemp, rename, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type KnownFile, type Stamp, stampOf } from "./knownFiles.ts";
import { indexedRun, isSameRun, knownLog, newReading, type Reading, type SummaryCache } from "./knownLogs.ts";
import { unchecked } from "./logCheck.ts";
import { noFacts } from "./logFacts.ts";
import { type RunDirectory, runDirectory } from "./runDirectory.ts";
import type { IndexedRun, KnownFiles } from "./runIndex.ts";
import { noWork } from "./runProgress.ts";

const stamp: Stamp = { size: 1, modified: 2, changed: 3, inode: 4 };
const job = { stamp, value: { name: "j" } } as unknown as KnownFile<"job">;
const files: Omit<KnownFiles, "manifest"> = { job, experiment: stamp };

const event = (seq: number, step = seq) =>
  `{"seq":${seq},"time":1,"type":"stopped","reason":"x","step":${step}}\n`;

async function run(context: TestContext, text?: string): Promise<RunDirectory> {
  const folder = await mkdtemp(join(tmpdir(), "logs-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const directory = runDirectory(folder);
  if (text !== undefined) await writeFile(directory.events, text);
  return directory;
}

test("a log is read once for its facts and once for damage, then only what is new of it", async (context) => {
  const directory = await run(context);
  const cache: SummaryCache = new Map();
  const look = async (reading: Reading = newReading()) => {
    const { left } = reading;
    const known = await knownLog(directory, files, { cache, reading });
    return { known, step: known?.facts.step, bytes: reading.bytes, looked: left - reading.left };
  };
  assert.deepEqual(await look(), { known: undefined, step: undefined, bytes: 0, looked: 0 });
  assert.equal(cache.size, 0);
  const size = event(1).length;
  await writeFile(directory.events, event(0) + event(1));
  const first = await look();
  assert.deepEqual([first.step, first.bytes, first.looked], [1, 4 * size, 2 * size]);
  assert.deepEqual(first.known?.check, { ...unchecked, end: 2 * size, isDone: true, lines: 2, seq: 1 });
  assert.deepEqual(first.known?.files, { ...files, manifest: undefined });
  assert.deepEqual(first.known?.stamp, stampOf(await lstat(directory.events)));
  assert.equal(cache.get(directory.path), first.known);
  const again = await look();
  assert.deepEqual([again.known === first.known, again.bytes, again.looked], [true, 0, 0]);

  await appendFile(directory.events, event(3));
  const grown = await look();
  assert.deepEqual([grown.step, grown.bytes, grown.looked], [3, 2 * size, size]);
  assert.deepEqual(
    [grown.known?.check.lines, grown.known?.check.missing, grown.known?.end],
    [3, 1, 3 * size],
  );
  assert.equal(grown.known?.facts, first.known?.facts, "folded into what was known");

  await writeFile(directory.events, event(0, 9));
  const shorter = await look();
  assert.deepEqual([shorter.step, shorter.bytes, shorter.known?.check.lines], [9, 2 * size, 1]);
  await writeFile(`${directory.events}.new`, event(0, 7) + event(1, 8));
  await rename(`${directory.events}.new`, directory.events);
  const replaced = await look();
  assert.deepEqual([replaced.step, replaced.bytes, replaced.known?.check.missing], [8, 4 * size, 0]);
  assert.notEqual(replaced.known?.facts, shorter.known?.facts);
  await writeFile(directory.events, event(0, 5) + event(1, 6));
  await utimes(directory.events, 1, 1);
  assert.equal((await look()).step, 6, "of the same size");
});

test("of what was appended no more than a megabyte is read through for its facts", async (context) => {
  const short = event(0);
  for (const [size, isFolded] of [
    [1 << 20, true],
    [(1 << 20) + 1, false],
  ] as const) {
    const directory = await run(context, short);
    const cache: SummaryCache = new Map();
    const look = (reading = newReading(0)) => knownLog(directory, files, { cache, reading });
    const before = await look();
    const line = event(1);
    await appendFile(directory.events, `${" ".repeat(size - line.length - 1)}\n${line}`);
    const reading = newReading(0);
    const after = await look(reading);
    assert.deepEqual(
      [after?.facts.step, after?.facts === before?.facts, after?.end],
      [1, isFolded, short.length + size],
    );
    if (isFolded) assert.equal(reading.bytes, size);
  }
});

test("no more is looked through for damage than is allowed, and the next look goes on there", async (context) => {
  const line = event(0);
  const lines = Array.from({ length: 3 << 12 }, (_, seq) => event(seq).padEnd(400).replace(/\n *$/, " \n"));
  const text = lines.map((one) => `${one.slice(0, -1).padEnd(299)}\n`).join("");
  const directory = await run(context, text);
  const cache: SummaryCache = new Map();
  const none = newReading(0);
  const unlooked = await knownLog(directory, files, { cache, reading: none });
  assert.deepEqual([unlooked?.check, none.left], [unchecked, 0]);
  const some = newReading(line.length);
  const partly = (await knownLog(directory, files, { cache, reading: some })) ?? assert.fail();
  assert.equal(partly.check.isDone, false);
  assert.ok(partly.check.end > 0 && partly.check.end <= 1 << 20);
  assert.deepEqual([some.bytes, some.left], [partly.check.end, line.length - partly.check.end]);
  const rest = newReading(text.length);
  const wholly = (await knownLog(directory, files, { cache, reading: rest })) ?? assert.fail();
  assert.deepEqual(
    [wholly.check.isDone, wholly.check.end, wholly.check.lines],
    [true, text.length, lines.length],
  );
  assert.deepEqual([rest.bytes, rest.left], [text.length - partly.check.end, partly.check.end]);
  assert.equal(wholly.facts, partly.facts, "which is all that was read");
});

test("what the index says of a log with this stamp is taken from it, with the manifest as it is now", async (context) => {
  const directory = await run(context, event(0));
  const { size } = await lstat(directory.events);
  await writeFile(directory.manifest, '{"format":2,"engine":"new"}');
  const indexed: IndexedRun = {
    stamp: stampOf(await lstat(directory.events)),
    end: size,
    facts: { ...noFacts(), step: 4711 },
    check: { ...unchecked, isDone: true, end: size },
    files: { job, experiment: { ...stamp, size: 8 }, manifest: undefined },
  };
  const look = async (one: IndexedRun, id = directory.id) => {
    const reading = { ...newReading(), index: new Map([[id, one]]) };
    const cache: SummaryCache = new Map();
    const known = (await knownLog(directory, files, { cache, reading })) ?? assert.fail();
    assert.equal(cache.get(directory.path), known);
    return { known, bytes: reading.bytes };
  };
  const { known, bytes } = await look(indexed);
  assert.equal(bytes, 0);
  assert.deepEqual([known.facts.step, known.bytes, known.manifest?.engineReason], [4711, 0, undefined]);
  assert.deepEqual(known.files, { ...files, manifest: known.files.manifest });
  assert.deepEqual(known.files.manifest?.value, { format: 2, engine: "new" });
  for (const other of [await look({ ...indexed, stamp }), await look(indexed, "another")])
    assert.deepEqual([other.known.facts.step, other.bytes > 0], [0, true]);
});

test("another job or experiment takes the place of the known one, the log being as it was", async (context) => {
  const directory = await run(context, event(0));
  await writeFile(directory.manifest, '{"format":2}');
  const cache: SummaryCache = new Map();
  const look = (now: typeof files) => knownLog(directory, now, { cache, reading: newReading() });
  const first = (await look(files)) ?? assert.fail();
  const another = { ...files, job: { ...job } };
  for (const now of [another, { ...another, experiment: { ...stamp } }]) {
    const second = (await look(now)) ?? assert.fail();
    assert.deepEqual(second, first);
    assert.deepEqual(
      [second.files.job === now.job, second.files.experiment === now.experiment],
      [true, true],
    );
    assert.equal(second.files.manifest, first.files.manifest);
    assert.equal(await look(now), second);
  }
});

const known = {
  stamp,
  end: 1,
  bytes: 0,
  facts: { ...noFacts(), step: 3, work: { ...noWork(), at: 4 } },
  manifest: undefined,
  check: unchecked,
  files: { ...files, manifest: undefined } as KnownFiles,
};

test("the index is to hold a run once all its files have settled, but not how far it was", () => {
  const { bytes: _, manifest: __, ...kept } = known;
  assert.deepEqual(indexedRun(known, 10_000), { ...kept, facts: { ...known.facts, work: noWork() } });
  const late = { ...stamp, modified: 9000 };
  for (const fresh of [
    { ...known, stamp: late },
    { ...known, files: { ...known.files, job: { ...job, stamp: late } } },
    { ...known, files: { ...known.files, experiment: late } },
    { ...known, files: { ...known.files, manifest: { stamp: late, value: {} } } },
  ])
    assert.equal(indexedRun(fresh, 10_000), undefined);
  const withManifest = { ...known, files: { ...known.files, manifest: { stamp, value: {} } } };
  assert.deepEqual(indexedRun(withManifest, 10_000)?.files, withManifest.files);
});

test("two runs are the same where each of their files bears the same stamp, and was looked through as far", () => {
  const one = indexedRun(known, 10_000) ?? assert.fail();
  const other = { ...stamp, inode: 5 };
  const manifest = { stamp, value: {} };
  assert.equal(
    isSameRun(one, { ...one, stamp: { ...stamp }, files: { ...one.files, experiment: { ...stamp } } }),
    true,
  );
  for (const changed of [
    { ...one, stamp: other },
    { ...one, check: { ...unchecked, end: 1 } },
    { ...one, files: { ...one.files, job: { ...job, stamp: other } } },
    { ...one, files: { ...one.files, experiment: other } },
    { ...one, files: { ...one.files, manifest } },
  ]) {
    assert.equal(isSameRun(one, changed), false);
    assert.equal(isSameRun(changed, one), false);
  }
  const withManifest = { ...one, files: { ...one.files, manifest } };
  const twin = { ...one, files: { ...one.files, manifest: { stamp: { ...stamp }, value: {} } } };
  assert.equal(isSameRun(withManifest, twin), true);
  const another = { ...one, files: { ...one.files, manifest: { stamp: other, value: {} } } };
  assert.equal(isSameRun(withManifest, another), false);
});

test("a look has sixteen megabytes to look through, and the time of now", () => {
  const before = Date.now();
  const { now, ...reading } = newReading();
  assert.deepEqual(reading, { left: 8_388_608, bytes: 0 });
  assert.ok(now >= before && now <= Date.now());
});
