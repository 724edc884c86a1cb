import assert from "node:assert/strict";
import { test } from "node:test";
import { Track } from "./track.ts";

/** A value that jumps about, the same for a step each time; every seventh is none. */
const lossAt = (step: number): number | null =>
  step % 7 === 0 ? null : Math.fround(Math.sin(step * step) * step);

function grown(steps: number): Track {
  const track = new Track();
  for (let step = 1; step <= steps; step++)
    track.push(step, step / 10, step / 100, [
      ["loss", lossAt(step)],
      // Is reported from the middle on.
      ...(step > steps / 2 ? [["late", step] as const] : []),
    ]);
  return track;
}

/** Each bucket holds the extremes of exactly the reports behind the bucket before. */
function assertExact(track: Track, { from, buckets }: { from: number; buckets: number }): void {
  const series = track.read("loss", undefined, buckets) ?? assert.fail();
  let before = from;
  for (const [at, end] of series.step.entries()) {
    let min: number | null = null;
    let max: number | null = null;
    for (let step = before + 1; step <= end; step++) {
      const value = lossAt(step);
      if (value !== null && (min === null || value < min)) min = value;
      if (value !== null && (max === null || value > max)) max = value;
    }
    assert.equal(series.min[at], min, `step ${end}`);
    assert.equal(series.max[at], max, `step ${end}`);
    assert.equal(series.last[at], lossAt(end));
    assert.equal(series.time[at], end / 10);
    assert.equal(series.epoch[at], end / 100);
    before = end;
  }
}

test("a track of any length takes no more memory than one of 32,768 reports, and loses no extreme", () => {
  // Three columns of places and, as a point stands for many, three of each of two series, at most 8 bytes a value.
  const most = (3 + 2 * 3) * 8 * 32_768;
  for (const steps of [32_768, 32_769, 65_537, 200_003]) {
    const track = grown(steps);
    assert.ok(track.bytes <= most, `${track.bytes} bytes`);
    for (const buckets of [1, 100, 1_000_000]) {
      const series = track.read("loss", undefined, buckets) ?? assert.fail();
      assert.equal(series.step.at(-1), steps);
      assertExact(track, { from: 0, buckets });
    }
    assert.ok((track.read("loss", undefined, 1_000_000)?.step.length ?? 0) >= 16_384, "finer than a screen");
    const late = track.read("late", undefined, 1_000_000) ?? assert.fail();
    assert.ok(Math.abs((late.min.find((value) => value !== null) ?? 0) - steps / 2) <= 16);
  }
});

test("a long run that goes back to a checkpoint says its steps anew", () => {
  const track = grown(100_000);
  track.push(50_001, 5000.1, 500.01, [["loss", 1e9]]);
  track.push(50_002, 5000.2, 500.02, [["loss", -1e9]]);
  const { step, max, min, last } = track.read("loss", [49_000, 200_000], 1_000_000) ?? assert.fail();
  assert.deepEqual([step.at(-1), max.at(-1), min.at(-1), last.at(-1)], [50_002, 1e9, -1e9, -1e9]);
  assert.ok(Math.max(...max.slice(0, -1).map(Number)) < 1e9);
  for (const at of step.keys()) if (at > 0) assert.ok((step[at] ?? 0) > (step[at - 1] ?? 0));
});

test("a log that names ever more series does not make memory grow", () => {
  const track = new Track();
  for (let step = 1; step <= 2000; step++) track.push(step, step, step, [[`terms.t${step}.raw`, 1]]);
  assert.equal([...track.names].length, 512);
});

/** Steps that were pushed one after the other, each with its number as seconds and a tenth of it as the epoch. */
function short(...losses: (number | null)[]): Track {
  const track = new Track();
  for (const [at, loss] of losses.entries())
    track.push(at + 1, 10 * (at + 1), (at + 1) / 2, [["loss", loss]]);
  return track;
}

test("a series is said in buckets: the place and the last value of each, and the extremes in it", () => {
  const track = short(4, null, 2, 8, null);
  assert.deepEqual(track.read("loss", undefined, 9), {
    step: [1, 2, 3, 4, 5],
    min: [4, null, 2, 8, null],
    max: [4, null, 2, 8, null],
    last: [4, null, 2, 8, null],
    time: [10, 20, 30, 40, 50],
    epoch: [0.5, 1, 1.5, 2, 2.5],
  });
  const two = { step: [3, 5], min: [2, 8], max: [4, 8], last: [2, null], time: [30, 50], epoch: [1.5, 2.5] };
  assert.deepEqual(track.read("loss", undefined, 2), two);
  assert.deepEqual(track.read("loss", undefined, 2.9), two, "whole buckets");
  const one = { step: [5], min: [2], max: [8], last: [null], time: [50], epoch: [2.5] };
  for (const buckets of [1, 0, -4]) assert.deepEqual(track.read("loss", undefined, buckets), one);
  assert.equal(track.read("other", undefined, 9), undefined);
  const stepsOf = (range: readonly [number, number], buckets = 9) => track.read("loss", range, buckets)?.step;
  assert.deepEqual(stepsOf([2, 4]), [2, 3, 4]);
  assert.deepEqual(stepsOf([6, 9]), []);
  assert.deepEqual(stepsOf([4, 2]), []);
  assert.deepEqual(stepsOf([2, 5], 1), [5]);
  assert.deepEqual(stepsOf([2, 5], 2), [3, 5], "of three, from a multiple of three");
  assert.deepEqual(stepsOf([2, 4], 2), [2, 4], "of two, from a multiple of two");
});

test("a bucket of two is as wide as it must be, and no wider", () => {
  const track = short(...Array.from({ length: 12 }, (_, at) => at));
  const stepsOf = (from: number, to: number, buckets: number) =>
    track.read("loss", [from, to], buckets)?.step;
  assert.deepEqual(stepsOf(1, 12, 4), [3, 6, 9, 12]);
  assert.deepEqual(stepsOf(3, 8, 2), [4, 8], "a width of 4, as 3 would take a third bucket");
  assert.deepEqual(stepsOf(12, 12, 1), [12]);
  assert.deepEqual(stepsOf(11, 12, 1), [12]);
});

test("the seconds at a step are those of the last one at or before it", () => {
  const track = short(1, 2);
  track.push(5, 50, 2.5, []);
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5, 99].map((step) => track.secondsAt(step)),
    [0, 10, 20, 20, 20, 50, 50],
  );
  assert.equal(new Track().secondsAt(9), 0);
  assert.deepEqual([...track.names], ["loss"]);
});

test("a series that is not reported at every step has nothing there", () => {
  const track = short(1, 2);
  track.push(3, 30, 1.5, [["late", 7]]);
  track.push(4, 40, 2, [["loss", 4]]);
  assert.deepEqual(track.read("loss", undefined, 9)?.last, [1, 2, null, 4]);
  assert.deepEqual(track.read("late", undefined, 9)?.last, [null, null, 7, null]);
  assert.deepEqual([...track.names], ["loss", "late"]);
  track.push(2, 20, 1, [["loss", 9]]);
  assert.deepEqual(track.read("loss", undefined, 9)?.last, [1, 9]);
  assert.deepEqual(track.read("late", undefined, 9)?.last, [null, null]);
});

test("a track takes memory for its places, and for each series once while a point is one report", () => {
  const column = 256 * 4;
  assert.equal(new Track().bytes, 3 * column);
  const track = short(1);
  assert.equal(track.bytes, 4 * column);
  track.push(2, 20, 1, [["other", 1]]);
  assert.equal(track.bytes, 5 * column);
});

test("once points are too many, two and two become one, of all series at the same places", () => {
  const most = 32_768;
  const track = new Track();
  for (let step = 1; step <= most; step++)
    track.push(step, 10 * step, step / 2, [["loss", step % 5 === 0 ? null : step % 4]]);
  assert.equal(track.read("loss", undefined, most)?.step.length, most);
  track.push(most + 1, 10 * (most + 1), (most + 1) / 2, [
    ["loss", 9],
    ["late", 3],
  ]);
  const ends = (name: string) => {
    const { step, min, max, last, time, epoch } = track.read(name, undefined, 1e6) ?? assert.fail();
    return [step, min, max, last, time, epoch].map((column) => [column.length, ...column.slice(-2)]);
  };
  const half = most / 2;
  const places = [half + 1, most, most + 1];
  const seconds = [half + 1, 10 * most, 10 * (most + 1)];
  const epochs = [half + 1, half, half + 0.5];
  assert.deepEqual(ends("loss"), [
    places,
    [half + 1, 0, 9],
    [half + 1, 3, 9],
    [half + 1, 0, 9],
    seconds,
    epochs,
  ]);
  const first = track.read("loss", [1, 10], 1e6) ?? assert.fail();
  assert.deepEqual(
    [first.step, first.min, first.max, first.last],
    [
      [2, 4, 6, 8, 10],
      [1, 0, 2, 0, 1],
      [2, 3, 2, 3, 1],
      [2, 0, 2, 0, null],
    ],
  );
  track.push(most + 2, 10 * (most + 2), (most + 2) / 2, [
    ["loss", 5],
    ["late", 7],
  ]);
  assert.deepEqual(ends("late").slice(0, 4), [
    [half + 1, most, most + 2],
    [half + 1, null, 3],
    [half + 1, null, 7],
    [half + 1, null, 7],
  ]);
  assert.deepEqual(ends("loss").slice(1, 4), [
    [half + 1, 0, 5],
    [half + 1, 3, 9],
    [half + 1, 0, 5],
  ]);
  track.push(most + 3, 0, 0, [["loss", null]]);
  track.push(most + 4, 0, 0, [["loss", 6]]);
  track.push(most + 5, 0, 0, [["loss", 2]]);
  assert.deepEqual(ends("loss").slice(0, 4), [
    [half + 3, most + 4, most + 5],
    [half + 3, 6, 2],
    [half + 3, 6, 2],
    [half + 3, 6, 2],
  ]);
  track.push(most + 4, 0, 0, [["loss", 1]]);
  track.push(most + 5, 0, 0, [["loss", 3]]);
  // The point of the step and what it stands for is gone: the two are one point of their own.
  assert.deepEqual(ends("loss").slice(0, 4), [
    [half + 2, most + 2, most + 5],
    [half + 2, 5, 1],
    [half + 2, 9, 3],
    [half + 2, 5, 3],
  ]);
});

test("buckets far from the beginning are as wide as those at it", () => {
  const track = short(...Array.from({ length: 100 }, (_, at) => at));
  assert.deepEqual(track.read("loss", [91, 100], 5)?.step, [92, 94, 96, 98, 100]);
});

test("a series that ends at an odd report keeps its last one when two and two become one", () => {
  const track = new Track();
  for (let step = 1; step <= 32_769; step++)
    track.push(step, step, step, [["loss", step], ...(step <= 101 ? [["early", step] as const] : [])]);
  const { step, last, min, max } = track.read("early", undefined, 1e6) ?? assert.fail();
  assert.deepEqual([step[50], last[50], min[50], max[50]], [102, 101, 101, 101]);
  assert.deepEqual([last[51], min[51], max[51]], [null, null, null]);
});
