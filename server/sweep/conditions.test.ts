import assert from "node:assert/strict";
import { test } from "node:test";
import { countRuns, expand, points, type Settings, type Sweeping, searchSpace } from "./expand.ts";
import { proposal } from "./tpe.ts";

const type = "losses[0].type";
const beta = "losses[0].beta";
const losses = {
  parameters: { [type]: ["kd", "dkd"], [beta]: [2, 4, 8] },
  conditions: { [beta]: { [type]: ["dkd"] } },
};

/** Whether exactly those with a value have the parameter. */
const assertOnly = (found: readonly Settings[], path: string, where: (point: Settings) => boolean) => {
  for (const point of found) assert.equal(path in point, where(point), JSON.stringify(point));
};

test("a grid has one combination where a parameter does not apply", () => {
  const grid = [
    { [type]: "kd" },
    { [type]: "dkd", [beta]: 2 },
    { [type]: "dkd", [beta]: 4 },
    { [type]: "dkd", [beta]: 8 },
  ];
  assert.deepEqual(points({ sweep: losses }), grid);
  assert.equal(countRuns({ sweep: losses }), 4);
  assert.equal(countRuns({ seeds: [1, 2], sweep: losses }), 8);
  const turned = { ...losses, parameters: { [beta]: [2, 4, 8], [type]: ["kd", "dkd"] } };
  assert.deepEqual(points({ sweep: turned }), grid, "what a parameter waits for comes before it");
});

test("a parameter waits for bounds, for all of several, and for one that waits itself", () => {
  const parameters = { alpha: [0, 0.5, 1], temperature: [2, 4], decay: [1, 2, 3] };
  const count = (conditions: object) => {
    const sweep = { parameters, conditions };
    assert.equal(points({ sweep }).length, countRuns({ sweep }));
    return countRuns({ sweep });
  };
  assert.equal(count({}), 18);
  assert.equal(count({ temperature: { alpha: { min: 0.1 } } }), 3 * (1 + 2 * 2));
  assert.equal(count({ temperature: { alpha: { min: 0.1, max: 0.9 } } }), 3 * (2 + 2));
  assert.equal(count({ decay: { alpha: [0.5, 1], temperature: [4] } }), 2 + 2 * (1 + 3));
  assert.equal(count({ temperature: { alpha: [1] }, decay: { temperature: [4] } }), 2 + (1 + 3));
});

test("a parameter waits for a part of the values of another", () => {
  const student = [{ type: "mlp", hidden: [8, 8] }, { type: "cnn" }];
  const sweep = {
    parameters: { student, "student.hidden[1]": [4, 16] },
    conditions: { "student.hidden[1]": { "student.type": ["mlp"], "student.hidden[0]": { min: 5 } } },
  };
  assert.deepEqual(
    points({ sweep }).map((point) => point["student.hidden[1]"]),
    [4, 16, undefined],
  );
});

const drawing: Sweeping = {
  seed: 3,
  sweep: {
    method: "random",
    runs: 200,
    parameters: {
      alpha: { min: 0, max: 1, integer: false },
      temperature: { min: 1, max: 8, integer: false },
      layers: { min: 1, max: 3 },
      units: [8, 16, 32],
    },
    conditions: { temperature: { alpha: { min: 0.5 } }, units: { layers: [2, 3] } },
  },
};

test("random draws a parameter where it applies, and the others as without conditions", () => {
  const drawn = expand(drawing);
  assert.equal(drawn.length, 200);
  assertOnly(drawn, "temperature", ({ alpha }) => (alpha as number) >= 0.5);
  assertOnly(drawn, "units", ({ layers }) => layers !== 1);
  const free = expand({ ...drawing, sweep: { ...(drawing.sweep as object), conditions: {} } });
  assert.deepEqual(
    drawn.map(({ alpha, layers }) => [alpha, layers]),
    free.map(({ alpha, layers }) => [alpha, layers]),
  );
});

test("random draws all of the few combinations that there are, none twice", () => {
  const sweep = {
    method: "random",
    runs: 50,
    parameters: { layers: { min: 1, max: 3 }, units: { min: 8, max: 9 } },
    conditions: { units: { layers: { min: 2 } } },
  };
  assert.equal(countRuns({ sweep }), 5);
  const drawn = expand({ sweep }).map((point) => JSON.stringify(point));
  assert.equal(new Set(drawn).size, 5);
});

test("a proposal has a parameter where it applies, near the good ones of those that have it", () => {
  const space = searchSpace(drawing);
  const ranked = Array.from({ length: 40 }, (_, index) =>
    index < 4
      ? { alpha: 0.9, temperature: 2 + index / 100, layers: 1 }
      : index % 2 === 0
        ? { alpha: 0.1 + index / 1000, layers: 2, units: 8 }
        : { alpha: 0.6, temperature: 6 + index / 100, layers: 3, units: 32 },
  );
  const proposed = Array.from({ length: 40 }, (_, number) => proposal({ ...space, ranked, number }) ?? {});
  assertOnly(proposed, "temperature", ({ alpha }) => (alpha as number) >= 0.5);
  assertOnly(proposed, "units", ({ layers }) => layers !== 1);
  const cold = proposed.flatMap(({ temperature }) =>
    temperature === undefined ? [] : [temperature as number],
  );
  assert.ok(cold.length >= 30 && cold.filter((one) => one < 4).length > 0.8 * cold.length, `${cold}`);
});

test("conditions that are being typed count as far as they are whole, and a circle ends", () => {
  const parameters = { a: [1, 2], b: [1, 2] };
  const count = (conditions: unknown) => points({ sweep: { parameters, conditions } }).length;
  for (const half of [
    null,
    1,
    [],
    "a",
    { b: null },
    { b: [] },
    { b: {} },
    { b: { c: [1] } },
    { c: { a: [1] } },
  ])
    assert.equal(count(half), 4, JSON.stringify(half));
  for (const circle of [{ a: { a: [1] } }, { a: { b: [1] }, b: { a: [1] } }])
    assert.ok(count(circle) <= 4, JSON.stringify(circle));
});

test("conditions on very many parameters are counted at once, if not exactly", () => {
  const paths = Array.from({ length: 40 }, (_, index) => `p${index}`);
  const sweep = {
    parameters: Object.fromEntries([...paths, "last"].map((path) => [path, [1, 2]])),
    conditions: { last: Object.fromEntries(paths.map((path) => [path, [1]])) },
  };
  assert.ok((countRuns({ sweep }) ?? 0) >= 2 ** 40);
  assert.equal(expand({ sweep }, { most: 5 }).length, 5);
});
