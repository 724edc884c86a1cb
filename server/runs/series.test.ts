import assert from "node:assert/strict";
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { RunSeries, readSeries, type SeriesCache } from "./series.ts";

async function run(context: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "series-"));
  context.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

let seq = 0;
const line = (event: object) => `${JSON.stringify({ seq: seq++, ...event })}\n`;
const started = (time: number, step: number) =>
  line({ time, type: "started", runId: "r", mode: "start", step, totalSteps: 9 });
const step = (time: number, step: number, loss: number | null) =>
  line({
    time,
    type: "step",
    step,
    epoch: step / 10,
    loss,
    terms: { kd: { raw: 2, weighted: 1 } },
    learningRate: 0.001,
    gradNorm: 1,
    stepMs: 1,
    dataMs: 0,
    samplesPerSecond: 9,
  });

test("a point a step, with the seconds since the start; what is not finite is null", async (context) => {
  const directory = await run(context);
  await writeFile(
    join(directory, "events.jsonl"),
    started(1000, 0) +
      step(1500, 1, 0.1) +
      step(2000, 2, null) +
      step(3000, 3, 0.25) +
      line({
        time: 3000,
        type: "evaluation",
        split: "validation",
        step: 3,
        epoch: 0.3,
        metrics: { accuracy: 0.5 },
      }) +
      line({
        time: 3000,
        type: "evaluation",
        subject: "teacher",
        split: "test",
        step: 3,
        epoch: 0.3,
        metrics: { accuracy: 0.9 },
      }),
  );
  const { series, available } = await readSeries(directory, {
    series: ["loss", "validation.accuracy", "absent"],
    buckets: 10,
  });
  assert.deepEqual(series, {
    loss: {
      step: [1, 2, 3],
      min: [0.1, null, 0.25],
      max: [0.1, null, 0.25],
      last: [0.1, null, 0.25],
      time: [0.5, 1, 2],
      epoch: [0.1, 0.2, 0.3],
    },
    "validation.accuracy": { step: [3], min: [0.5], max: [0.5], last: [0.5], time: [2], epoch: [0.3] },
  });
  assert.deepEqual([...available].sort(), [
    "dataMs",
    "gradNorm",
    "learningRate",
    "loss",
    "samplesPerSecond",
    "stepMs",
    "teacher.test.accuracy",
    "terms.kd.raw",
    "terms.kd.weighted",
    "validation.accuracy",
  ]);
});

test("memory, which few steps tell, is a curve without gaps, and goes back with the steps", async (context) => {
  const directory = await run(context);
  const told = (time: number, at: number, memory: number) =>
    `${JSON.stringify({ ...JSON.parse(step(time, at, 1)), memory })}\n`;
  await writeFile(
    join(directory, "events.jsonl"),
    started(0, 0) +
      told(1000, 1, 100) +
      step(1500, 2, 1) +
      told(2000, 3, 300) +
      started(9000, 2) +
      told(10_000, 3, 200) +
      step(11_000, 4, 1),
  );
  const { series } = await readSeries(directory, { series: ["memory"], buckets: 9 });
  assert.deepEqual(
    [series["memory"]?.step, series["memory"]?.last],
    [
      [1, 3],
      [100, 200],
    ],
  );
});

test("only what was appended is read, and a torn line waits", async (context) => {
  const directory = await run(context);
  const path = join(directory, "events.jsonl");
  const cache: SeriesCache = new Map();
  const read = async () =>
    (await readSeries(directory, { series: ["loss"], buckets: 9 }, cache)).series["loss"]?.last;
  assert.equal(await read(), undefined, "no log yet");
  const begun = started(0, 0) + step(1, 1, 1) + step(2, 2, 2);
  const third = step(3, 3, 3);
  await appendFile(path, begun + third.slice(0, 30));
  assert.deepEqual(await read(), [1, 2]);
  await appendFile(path, third.slice(30));
  assert.deepEqual(await read(), [1, 2, 3]);
  await appendFile(path, third.replace('"loss":3', '"loss":9'));
  assert.deepEqual(await read(), [1, 2, 3], "a number that was used before");
  await writeFile(path, started(0, 0) + step(1, 1, 7));
  assert.deepEqual(await read(), [7], "another log in its place");
});

test("steps that a resumed run says again are not doubled, and the pause is no time", async (context) => {
  const directory = await run(context);
  await writeFile(
    join(directory, "events.jsonl"),
    started(0, 0) +
      step(1000, 1, 1) +
      step(2000, 2, 2) +
      step(3000, 3, 3) +
      started(90_000, 2) +
      step(91_000, 3, 30) +
      step(92_000, 4, 40),
  );
  const { series } = await readSeries(directory, { series: ["loss"], buckets: 9 });
  assert.deepEqual(series["loss"]?.step, [1, 2, 3, 4]);
  assert.deepEqual(series["loss"]?.last, [1, 2, 30, 40]);
  assert.deepEqual(series["loss"]?.time, [1, 2, 3, 4]);
});

test("buckets begin at multiples of their width, wherever the range begins: full ones stay as a run goes on", async (context) => {
  const directory = await run(context);
  const path = join(directory, "events.jsonl");
  const steps = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => step(from + index, from + index, from + index)).join(
      "",
    );
  const lastOf = async (range: readonly [number, number]) =>
    (await readSeries(directory, { series: ["loss"], range, buckets: 4 })).series["loss"]?.step;
  await writeFile(path, started(0, 0) + steps(1, 10));
  // Steps 2 to 10 stand at the places 1 to 9. Four buckets of three begin at 0, 3, 6 and 9.
  assert.deepEqual(await lastOf([2, 12]), [3, 6, 9, 10]);
  await appendFile(path, steps(11, 12));
  assert.deepEqual(await lastOf([2, 12]), [3, 6, 9, 12]);
});

test("a run that is resumed while its teacher trains goes on at the teacher's last second", async (context) => {
  const directory = await run(context);
  const teacher = (time: number, at: number) =>
    step(time, at, at).replace('"type":"step"', '"type":"step","subject":"teacher"');
  await writeFile(
    join(directory, "events.jsonl"),
    started(0, 0) +
      teacher(1000, 1) +
      teacher(2000, 2) +
      started(90_000, 0) +
      teacher(91_000, 3) +
      step(93_000, 1, 1),
  );
  const { series } = await readSeries(directory, { series: ["teacher.loss", "loss"], buckets: 9 });
  assert.deepEqual([series["teacher.loss"]?.time, series["loss"]?.time], [[1, 2, 3], [5]]);
});

test("buckets are no more than asked for, cover the range, and keep every spike", async (context) => {
  const directory = await run(context);
  const losses = Array.from({ length: 1000 }, (_, index) => (index === 637 ? 99 : Math.sin(index)));
  await writeFile(
    join(directory, "events.jsonl"),
    started(0, 0) + losses.map((loss, index) => step(index, index + 1, loss)).join(""),
  );
  const cache: SeriesCache = new Map();
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 1200 }),
      fc.integer({ min: -5, max: 1005 }),
      fc.integer({ min: 0, max: 1010 }),
      async (buckets, from, length) => {
        const to = from + length;
        const { series } = await readSeries(
          directory,
          { series: ["loss"], range: [from, to], buckets },
          cache,
        );
        const read = series["loss"] ?? assert.fail("no series");
        const inside = losses.slice(Math.max(0, from - 1), Math.max(0, to));
        assert.ok(read.step.length <= buckets);
        assert.ok(read.step.length >= Math.min(inside.length, buckets) / 2 - 1, "buckets are used");
        if (inside.length === 0) return;
        assert.equal(Math.max(...(read.max as number[])), Math.max(...inside));
        assert.equal(Math.min(...(read.min as number[])), Math.min(...inside));
        assert.equal(read.last.at(-1), inside.at(-1));
        assert.equal(read.step.at(-1), Math.min(1000, to));
      },
    ),
  );
});

test("a log of 100,000 points is read once, and in buckets from then on", {
  timeout: 120_000,
}, async (context) => {
  const directory = await run(context);
  let log = started(0, 0);
  for (let index = 1; index <= 100_000; index++) log += step(index, index, Math.fround(1 / index));
  await writeFile(join(directory, "events.jsonl"), log);
  const cache: SeriesCache = new Map();
  const query = { series: ["loss", "terms.kd.raw", "gradNorm", "learningRate"], buckets: 1000 };
  const first = await readSeries(directory, query, cache);
  assert.equal(first.series["loss"]?.step.length, 1000);
  // What was read is not read again: it would be another curve by now.
  await writeFile(join(directory, "events.jsonl"), log.replaceAll('"loss":0', '"loss":9'));
  assert.deepEqual(await readSeries(directory, query, cache), first);
});

test("each number of a step and of an evaluation has its series, named after whose it is", async (context) => {
  const directory = await run(context);
  const all = {
    time: 1500,
    type: "step",
    step: 1,
    epoch: 0.1,
    loss: 0.5,
    terms: { kd: { raw: 2, weighted: 1, gradNorm: 3 }, ce: { raw: 4, weighted: 5 } },
    learningRate: 0.001,
    gradNorm: 6,
    stepMs: 7,
    dataMs: 8,
    samplesPerSecond: 9,
  };
  const evaluated = {
    time: 1500,
    type: "evaluation",
    split: "test",
    step: 1,
    epoch: 0.1,
    metrics: { accuracy: 0.9, nll: 0.2 },
  };
  await writeFile(
    join(directory, "events.jsonl"),
    started(1000, 0) +
      line(all) +
      line({ ...all, subject: "studentAlone" }) +
      line(evaluated) +
      line({ ...evaluated, subject: "teacher" }) +
      "no event\n" +
      line({ time: 1500, type: "phase", phase: "train" }),
  );
  const values = {
    loss: 0.5,
    "terms.kd.raw": 2,
    "terms.kd.weighted": 1,
    "terms.kd.gradNorm": 3,
    "terms.ce.raw": 4,
    "terms.ce.weighted": 5,
    learningRate: 0.001,
    gradNorm: 6,
    stepMs: 7,
    dataMs: 8,
    samplesPerSecond: 9,
  };
  const alone = Object.entries(values).map(([name, value]) => [`studentAlone.${name}`, value]);
  const measured = {
    "test.accuracy": 0.9,
    "test.nll": 0.2,
    "teacher.test.accuracy": 0.9,
    "teacher.test.nll": 0.2,
  };
  const expected = { ...values, ...Object.fromEntries(alone), ...measured };
  const { series, available, lastSeq } = await readSeries(directory, {
    series: Object.keys(expected),
    buckets: 10,
  });
  assert.deepEqual(
    Object.fromEntries(Object.entries(series).map(([name, { last }]) => [name, last[0]])),
    expected,
  );
  assert.deepEqual([...available].sort(), Object.keys(expected).sort());
  assert.equal(lastSeq, seq - 1);
  assert.ok(Object.values(series).every(({ time }) => time.length === 1 && time[0] === 0.5));
});

test("a log that is gone, or begun anew, is forgotten", async (context) => {
  const directory = await run(context);
  const path = join(directory, "events.jsonl");
  const cache: SeriesCache = new Map();
  const read = () => readSeries(directory, { series: ["loss"], buckets: 9 }, cache);
  const nothing = { series: {}, available: [], lastSeq: -1 };
  assert.deepEqual(await read(), nothing);
  await writeFile(path, started(0, 0) + step(1, 1, 1));
  assert.equal((await read()).lastSeq, seq - 1);
  await rm(path);
  assert.deepEqual(await read(), nothing);
});

test("those who ask at once share one reading", async (context) => {
  const directory = await run(context);
  const cache: SeriesCache = new Map();
  await writeFile(join(directory, "events.jsonl"), started(0, 0) + step(1, 1, 1) + step(2, 2, 2));
  const read = () => readSeries(directory, { series: ["loss"], buckets: 9 }, cache);
  const [first, second] = [read(), read()];
  const reading = cache.get(directory)?.refresh();
  assert.ok(reading !== undefined && reading === cache.get(directory)?.refresh());
  assert.deepEqual((await first).series["loss"]?.last, [1, 2]);
  assert.deepEqual(await second, await first);
  await reading;
  assert.notEqual(cache.get(directory)?.refresh(), reading);
});

test("of many runs the 64 looked at last stay in memory", async (context) => {
  const directory = await run(context);
  const cache: SeriesCache = new Map();
  const read = (at: number) => readSeries(join(directory, `${at}`), { series: [], buckets: 1 }, cache);
  for (let at = 0; at < 64; at++) await read(at);
  await read(0);
  assert.equal(cache.size, 64);
  await read(64);
  const names = [...cache.keys()];
  assert.deepEqual(
    [names.length, names[0], names[62], names[63]],
    [64, ...[2, 0, 64].map((at) => join(directory, `${at}`))],
  );
});

/** Series of another run that take this much memory. */
class Large extends RunSeries {
  readonly #bytes: number;

  constructor(megabytes: number) {
    super("");
    this.#bytes = megabytes << 20;
  }

  override get bytes(): number {
    return this.#bytes;
  }
}

test("of large runs those that were looked at longest ago leave memory, until 256 MB are taken", async (context) => {
  const directory = await run(context);
  const kept = async (...sizes: readonly number[]) => {
    const cache: SeriesCache = new Map(sizes.map((size, at) => [`${at}`, new Large(size)]));
    await readSeries(directory, { series: [], buckets: 1 }, cache);
    assert.equal([...cache.keys()].at(-1), directory, "what is looked at stays");
    return [...cache.keys()].slice(0, -1);
  };
  assert.deepEqual(await kept(100, 100, 56), ["0", "1", "2"]);
  assert.deepEqual(await kept(100, 100, 57), ["1", "2"]);
  assert.deepEqual(await kept(100, 200, 100), ["2"]);
  assert.deepEqual(await kept(300), []);
});

test("a run that takes all the memory by itself stays in it, and others leave", async (context) => {
  const directory = await run(context);
  const own = new Large(300);
  const cache: SeriesCache = new Map([
    ["other", new Large(1)],
    [directory, own],
  ]);
  await readSeries(directory, { series: [], buckets: 1 }, cache);
  assert.deepEqual([...cache], [[directory, own]]);
});

test("series take the memory of their columns", async (context) => {
  const directory = await run(context);
  await writeFile(join(directory, "events.jsonl"), started(0, 0) + step(1, 1, 1));
  const cache: SeriesCache = new Map();
  await readSeries(directory, { series: [], buckets: 1 }, cache);
  // Three columns of places of the teacher and of the student, and eight of the numbers of a step, with room for 256 values of
  // 4 bytes; 0.1 epochs, 0.001 seconds and a rate of 0.001 take 8.
  assert.equal(cache.get(directory)?.bytes, (3 + 3 + 8 + 3) * 256 * 4);
});
