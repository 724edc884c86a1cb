import assert from "node:assert/strict";
import { test } from "node:test";
import { settingChanges, settingsOf } from "./settingChanges.ts";

const experiment = {
  name: "a",
  tags: ["x"],
  data: { train: { type: "csv", path: "data/train.csv" }, batchSize: 64, augment: [] },
  teacher: { type: "layers", train: { epochs: 1, seed: 0 } },
  student: { preset: "mlp", hidden: [16] },
  losses: [
    { type: "kd", temperature: 3, weight: 0.7 },
    { type: "ce", weight: 0.3 },
  ],
  training: { epochs: 5 },
  seed: 0,
};
type Experiment = typeof experiment;

function check(change: (experiment: Experiment) => object, expected: readonly string[]): void {
  const now = change(structuredClone(experiment));
  assert.deepEqual(settingChanges(settingsOf(experiment), settingsOf(now)), expected);
}

test("a change is told by its key, its old and its new value", () => {
  check((same) => same, []);
  check(
    (other) => ({ ...other, losses: [{ ...other.losses[0], temperature: 6 }, other.losses[1]] }),
    ["temperature 3 → 6"],
  );
  check((other) => ({ ...other, student: { preset: "mlp", hidden: [64, 32] } }), ["hidden [16] → [64, 32]"]);
  check((other) => ({ ...other, training: { epochs: 1_000_000 } }), ["epochs 5 → 1,000,000"]);
});

test("a key that does not say it alone is told with what it belongs to", () => {
  check(
    (other) => ({
      ...other,
      losses: [
        { ...other.losses[0], weight: 0.5 },
        { type: "ce", weight: 0.5 },
      ],
    }),
    ["kd weight 0.7 → 0.5", "ce weight 0.3 → 0.5"],
  );
  check(
    (other) => ({ ...other, losses: [{ ...other.losses[0], type: "dkd" }, other.losses[1]] }),
    ["loss kd → dkd"],
  );
  check(
    (other) => ({ ...other, teacher: { type: "layers", train: { epochs: 2, seed: 0 } } }),
    ["teacher epochs 1 → 2"],
  );
  check(
    (other) => ({ ...other, teacher: { type: "onnx", path: "a/b.onnx" } }),
    [
      "teacher layers → onnx",
      "with teacher path b.onnx",
      "without teacher epochs 1",
      "without teacher seed 0",
    ],
  );
});

test("of a list its place is told, counted from 1", () => {
  const layers = (units: number) => settingsOf({ student: { layers: [{ units: 8 }, { units }] } });
  assert.deepEqual(settingChanges(layers(12), layers(24)), ["layer 2 units 12 → 24"]);
});

test("of files the name is told, and the whole path where the names are the same", () => {
  const withPath = (path: string) => (other: Experiment) => ({
    ...other,
    data: { ...other.data, train: { type: "csv", path } },
  });
  check(withPath("data/other.csv"), ["train path train.csv → other.csv"]);
  check(withPath("more/train.csv"), ["train path data/train.csv → more/train.csv"]);
});

test("what follows from one change is told once, and what is of no consequence never", () => {
  check(
    (other) => ({ ...other, seed: 1, teacher: { type: "layers", train: { epochs: 1, seed: 1 } } }),
    ["seed 0 → 1"],
  );
  check((other) => ({ ...other, name: "b", tags: [] }), []);
});

test("settings of many experiments share their objects", () => {
  const known = new Map();
  const [one, two] = [settingsOf(experiment, known), settingsOf(structuredClone(experiment), known)];
  assert.ok(one.every((setting, at) => setting === two[at]));
});

/** Of the first experiment to the second. */
function checkPair([before, now]: readonly [object, object], expected: readonly string[]): void {
  assert.deepEqual(settingChanges(settingsOf(before), settingsOf(now)), expected);
}

test("a setting is a plain value, or a list of such; of what holds others each is one", () => {
  assert.deepEqual(settingsOf({ a: { b: 1 }, c: [1, "x"], d: [2, { e: null }], f: [] }), [
    { path: "a.b", json: "1" },
    { path: "c", json: '[1,"x"]' },
    { path: "d[0]", json: "2" },
    { path: "d[1].e", json: "null" },
    { path: "f", json: "[]" },
  ]);
});

test("of what was said once and stands in several places the outermost is told, and of several such the first", () => {
  const seeds = (seed: number) => ({ seed, teacher: { train: { seed } } });
  checkPair([seeds(0), seeds(1)], ["seed 0 → 1"]);
  const weights = (weight: number) => ({
    losses: [
      { type: "kd", weight },
      { type: "ce", weight },
    ],
  });
  checkPair([weights(0.5), weights(0.25)], ["kd weight 0.5 → 0.25"]);
  const depths = (weight: number) => ({ a: { b: { weight } }, student: { weight } });
  checkPair([depths(1), depths(2)], ["student weight 1 → 2"]);
});

test("changes that only look alike when joined are two", () => {
  const units = (first: number, second: number) => ({ layers: [{ units: first }, { units: second }] });
  checkPair([units(1, 11), units(12, 2)], ["layer 1 units 1 → 12", "layer 2 units 11 → 2"]);
});

test("a key that changed in two places is told with what it belongs to, where that is anything", () => {
  const temperatures = (first: number, second: number) => ({
    losses: [
      { type: "kd", temperature: first },
      { type: "dkd", temperature: second },
    ],
  });
  checkPair([temperatures(3, 3), temperatures(4, 5)], ["kd temperature 3 → 4", "dkd temperature 3 → 5"]);
  checkPair([temperatures(3, 3), { ...temperatures(4, 3), seed: 1 }], ["temperature 3 → 4", "with seed 1"]);
  const seeds = (seed: number, other: number) => ({ seed, teacher: { train: { seed: other } } });
  checkPair([seeds(0, 0), seeds(1, 2)], ["seed 0 → 1", "teacher train seed 0 → 2"]);
});

test("only whole keys say nothing alone, and only the experiment's own name is of no consequence", () => {
  const layer = (filtersBefore: number, subtype: string, name: string) => ({
    layers: [{ filtersBefore, subtype, name }],
  });
  checkPair([layer(1, "a", "x"), layer(2, "b", "y")], ["filtersBefore 1 → 2", "subtype a → b", "name x → y"]);
  checkPair([{ description: "a", $schema: "b", title: 1 }, { title: 1 }], []);
  checkPair([{ nameless: 1 }, { nameless: 2 }], ["nameless 1 → 2"]);
});

test("an owner is the type of a loss, wherever it stands, or the place in a list", () => {
  const alone = (weight: number) => ({
    baselines: { studentAlone: { losses: [{ type: "ce", weight }] } },
  });
  checkPair([alone(1), alone(2)], ["ce weight 1 → 2"]);
  checkPair([{ losses: [{ weight: 1 }] }, { losses: [{ weight: 2 }] }], ["loss weight 1 → 2"]);
  const layers = (units: number) => ({ layers: [...Array(10).fill({ units: 1 }), { units }] });
  checkPair([layers(1), layers(2)], ["layer 11 units 1 → 2"]);
  checkPair([{ augment: [{ type: "flip" }] }, { augment: [{ type: "shift" }] }], ["augment 1 flip → shift"]);
  checkPair([{ a: [[{ units: 1 }]] }, { a: [[{ units: 2 }]] }], ["a[0] 1 units 1 → 2"]);
  checkPair(
    [{ teacher: { temperature: 1 } }, { teacher: { temperature: 2 } }],
    ["teacher temperature 1 → 2"],
  );
});

test("a value is told in words: none, with groups from 10,000 on, and of a path its end", () => {
  const told = (before: unknown, now: unknown) =>
    settingChanges(settingsOf({ v: before }), settingsOf({ v: now }));
  assert.deepEqual(told([], 0.5), ["v none → 0.5"]);
  assert.deepEqual(told(null, true), ["v none → true"]);
  assert.deepEqual(told(9999, 10_000), ["v 9999 → 10,000"]);
  assert.deepEqual(told(-20_000, 12_345.5), ["v -20,000 → 12345.5"]);
  assert.deepEqual(told("a/b/c.onnx", "d"), ["v c.onnx → d"]);
});
