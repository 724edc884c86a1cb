import assert from "node:assert/strict";
import { test } from "node:test";
import { countRuns, expand, points, type Settings, type Sweeping } from "./expand.ts";

const parameters = { "losses[0].temperature": [1, 2, 4], "student.hidden": [[16], [32]] };

test("a grid has every combination, the last parameter varies fastest", () => {
  const runs = expand({ sweep: { parameters } });
  assert.deepEqual(
    runs.map((run) => Object.values(run)),
    [
      [1, [16]],
      [1, [32]],
      [2, [16]],
      [2, [32]],
      [4, [16]],
      [4, [32]],
    ],
  );
  assert.deepEqual(Object.keys(runs[0] ?? {}), Object.keys(parameters));
  assert.equal(countRuns({ sweep: { parameters } }), 6);
});

test("each combination is run with every seed, one after the other", () => {
  const experiment = { seeds: [7, 8], sweep: { parameters: { temperature: [1, 2] } } };
  assert.deepEqual(expand(experiment), [
    { temperature: 1, seed: 7 },
    { temperature: 1, seed: 8 },
    { temperature: 2, seed: 7 },
    { temperature: 2, seed: 8 },
  ]);
  assert.deepEqual(points(experiment), [{ temperature: 1 }, { temperature: 2 }]);
  assert.deepEqual(expand({ seeds: [1, 2] }), [{ seed: 1 }, { seed: 2 }]);
  assert.equal(countRuns(experiment), 4);
});

test("an experiment with neither is a single run", () => {
  for (const single of [{}, { seed: 3 }, { sweep: {} }, { sweep: { parameters: {} } }, { seeds: [] }]) {
    assert.deepEqual(expand(single), []);
    assert.equal(countRuns(single), undefined);
  }
});

const wide = { a: [1, 2, 3, 4, 5], b: [1, 2, 3, 4, 5], c: [1, 2, 3, 4, 5] };
const random = (seed: number, runs?: number): Sweeping => ({
  seed,
  sweep: { parameters: wide, method: "random", ...(runs && { runs }) },
});

test("random draws as many as asked, none twice, the same for the same seed", () => {
  const runs = expand(random(1, 60));
  assert.equal(new Set(runs.map((run) => JSON.stringify(run))).size, 60);
  assert.deepEqual(expand(random(1, 60)), runs);
  assert.notDeepEqual(expand(random(2, 60)), runs);
  const seeded = (more: object) => points({ ...random(1, 60), ...more });
  assert.deepEqual(seeded({ seed: 9, seeds: [1, 2] }), runs, "the first of several seeds draws");
  assert.deepEqual(seeded({ seed: undefined }), seeded({ seed: 0 }));
  assert.notDeepEqual(seeded({ seed: undefined }), runs);
  assert.deepEqual(expand(random(1, 20)), runs.slice(0, 20), "more runs begin with the same ones");
  assert.equal(countRuns(random(1)), 10);
});

test("random takes each value about as often as any other", () => {
  const runs = expand(random(3, 100));
  for (const key of ["a", "b", "c"])
    for (const value of [1, 2, 3, 4, 5]) {
      const count = runs.filter((run) => run[key] === value).length;
      // 100 of 125 combinations: 20 each on average, with a standard deviation of 1.8.
      assert.ok(Math.abs(count - 20) <= 8, `${key}=${value}: ${count}`);
    }
});

test("random with more runs than there are combinations is the grid", () => {
  const sweep = { parameters: { a: [1, 2], b: [3, 4] } };
  assert.deepEqual(expand({ sweep: { ...sweep, method: "random", runs: 20 } }), expand({ sweep }));
});

test("no more are made than asked for, however many there are", () => {
  const huge = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`p${i}`, [1, 2, 3]]));
  assert.equal(countRuns({ sweep: { parameters: huge } }), 3 ** 30);
  assert.equal(expand({ sweep: { parameters: huge } }, { most: 5 }).length, 5);
  assert.equal(expand({ seeds: [1, 2], sweep: { parameters: huge } }, { most: 5 }).length, 5);
});

test("a seed that is being typed draws as none does", () => {
  const sweep = { parameters, method: "random", runs: 2 };
  for (const seed of [{}, [{}], [], null, "7", Object.create(null)]) {
    assert.deepEqual(points({ seed, sweep }), points({ sweep }));
    assert.deepEqual(points({ seeds: [seed], sweep }), points({ sweep }));
  }
});

test("a seed draws the same runs in every version", () => {
  const runs = expand({ seed: 7, sweep: { parameters: wide, method: "random", runs: 3 } });
  assert.deepEqual(
    runs.map(({ a, b, c }) => [a, b, c]),
    [
      [3, 5, 1],
      [4, 2, 4],
      [5, 4, 5],
    ],
  );
  const seeded = { seeds: [7, 8], sweep: { parameters: wide, method: "random", runs: 3 } };
  assert.deepEqual(points(seeded), runs, "the first of several seeds draws");
  assert.deepEqual(expand(seeded).slice(0, 2), [
    { ...runs[0], seed: 7 },
    { ...runs[0], seed: 8 },
  ]);
});

test("random with as many runs as there are combinations keeps the order of the grid", () => {
  const sweep = { parameters: { a: [1, 2, 3], b: [1, 2, 3] } };
  for (let seed = 0; seed < 4; seed++)
    assert.deepEqual(expand({ seed, sweep: { ...sweep, method: "random", runs: 9 } }), expand({ sweep }));
});

test("seeds alone are no combination of values", () => {
  assert.deepEqual(points({ seeds: [1, 2] }), []);
});

test("a list that is being typed takes no part", () => {
  for (const list of [[], 5, "ab", null, {}])
    assert.deepEqual(points({ sweep: { parameters: { a: [1, 2], b: list } } }), [{ a: 1 }, { a: 2 }]);
  for (const sweep of [null, [], [{ parameters: { a: [1, 2] } }], "grid", 5])
    assert.deepEqual(points({ sweep }), []);
  assert.deepEqual(points({ sweep: { parameters: [[1, 2]] } }), [], "a list of lists has no paths");
});

test("a number of runs that is no count is the default", () => {
  for (const runs of [0, -3, 1.5, "3", null, Number.NaN, Number.POSITIVE_INFINITY])
    assert.equal(countRuns({ sweep: { parameters: wide, method: "random", runs } }), 10);
  assert.equal(countRuns({ sweep: { parameters: wide, method: "random", runs: 1 } }), 1);
});

const range = { "student.hidden[0]": { min: 8, max: 256, log: true }, temperature: [2, 4] };

test("ranges are drawn from, the same numbers for the same seed, as many combinations as asked", () => {
  const drawn = points({ seed: 3, sweep: { parameters: range, method: "random", runs: 30 } });
  assert.equal(drawn.length, 30);
  assert.equal(new Set(drawn.map((point) => JSON.stringify(point))).size, 30);
  for (const point of drawn) {
    const width = point["student.hidden[0]"] as number;
    assert.ok(Number.isInteger(width) && width >= 8 && width <= 256, String(width));
    assert.ok([2, 4].includes(point["temperature"] as number));
  }
  assert.deepEqual(points({ seed: 3, sweep: { parameters: range, method: "random", runs: 30 } }), drawn);
  assert.equal(countRuns({ sweep: { parameters: range, runs: 7 } }), 7);
  const few = { parameters: { a: { min: 1, max: 3 } }, method: "random", runs: 50 };
  assert.deepEqual(new Set(points({ sweep: few }).map(({ a }) => a)), new Set([1, 2, 3]));
});

test("what does not fit is not run; random draws another in its place, a grid does not", () => {
  const fits = (point: Settings) => (point["student.hidden[0]"] as number) <= 16;
  const drawn = points({ sweep: { parameters: range, method: "random", runs: 12 } }, { fits });
  assert.equal(drawn.length, 12);
  assert.ok(drawn.every(fits));
  assert.deepEqual(points({ sweep: { parameters: { a: [1, 2, 3, 4] } } }, { fits: ({ a }) => a !== 3 }), [
    { a: 1 },
    { a: 2 },
    { a: 4 },
  ]);
  assert.deepEqual(points({ sweep: { parameters: range, runs: 5 } }, { fits: () => false }), []);
});

test("of a search by tpe the first combinations are known, those that random draws", () => {
  const parameters = { a: { min: 0, max: 1, integer: false }, b: [1, 2] };
  const search = (more: object): Sweeping => ({ seed: 1, sweep: { parameters, method: "tpe", ...more } });
  const drawn = expand({ seed: 1, sweep: { parameters, method: "random", runs: 20 } });
  assert.deepEqual(expand(search({ runs: 20 })), drawn.slice(0, 5), "a quarter");
  assert.deepEqual(expand(search({ runs: 20, startup: 7 })), drawn.slice(0, 7));
  assert.equal(expand(search({ runs: 100 })).length, 10);
  assert.equal(expand(search({})).length, 3);
  assert.equal(expand(search({ runs: 2, startup: 5 })).length, 2);
  assert.equal(expand({ ...search({ runs: 20 }), seeds: [1, 2] }).length, 10);
  assert.equal(countRuns({ ...search({ runs: 20 }), seeds: [1, 2] }), 40);
  const listed = { seed: 2, sweep: { parameters: wide, method: "tpe", runs: 200 } };
  assert.equal(countRuns(listed), 125, "no more than there are");
  const grid = points({ sweep: { parameters: wide } });
  assert.notDeepEqual(expand(listed), grid.slice(0, 10), "not in the grid's order");
});
