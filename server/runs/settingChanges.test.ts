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
