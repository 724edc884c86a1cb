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
