import assert from "node:assert/strict";
import { test } from "node:test";
import { engine, setBackend, slice, type Tensor, tensor, tidy } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { fillNormal } from "../../../data/random.ts";
import type { Tensors } from "../../program.ts";
import { differentiate } from "../differentiate.ts";
import type { LossSpec } from "./losses.ts";
import { type Term, termsOf } from "./losses.ts";

const batch = 4;
const shapes = {
  student: { map: [4, 4, 3], odd: [5, 5, 2], flat: [6] },
  teacher: { map: [4, 4, 5], small: [2, 2, 4], three: [3, 3, 2], classes: [2, 2, 3], flat: [3] },
};
const context = { shapes, samples: 9 };
/** Of a batch in that data, for losses that compare samples with others. */
const sampled = () => ({
  rows: tensor([8, 0, 3, 5], [batch], "int32"),
  negatives: tensor([1, 2, 4, 6, 7, 1, 0, 2, 6, 4, 1, 1], [batch, 3], "int32"),
});
const normal = (use: string, length: number) => {
  const values = new Float32Array(length);
  fillNormal(values, { seed: 2, step: 0, use });
  return values;
};
const features = (side: "student" | "teacher") =>
  Object.fromEntries(
    Object.entries(shapes[side]).map(([name, shape]) => {
      const all = [batch, ...shape];
      return [
        name,
        tensor(
          normal(
            `${side}.${name}`,
            all.reduce((a, b) => a * b),
          ),
          all,
        ),
      ];
    }),
  );

test.before(() => setBackend("cpu"));

const cases: Readonly<Record<string, LossSpec>> = {
  "hint of flat features": { type: "hint", student: "flat", teacher: "flat", projector: "linear" },
  "hint with norm and ReLU": { type: "hint", student: "map", teacher: "map", projector: "relu" },
  "hint to half the size": { type: "hint", student: "map", teacher: "small", projector: "linear" },
  at: { type: "at", student: "map", teacher: "map" },
  nst: { type: "nst", student: ["map", "odd"], teacher: ["small", "three"] },
  "at of two stages, one of them pooled": {
    type: "at",
    student: ["map", "odd"],
    teacher: ["small", "three"],
    power: 3,
  },
  catKd: { type: "catKd", student: "map", teacher: "classes" },
  reviewKd: { type: "reviewKd", student: ["map", "odd", "flat"], teacher: ["small", "three", "flat"] },
  sp: { type: "sp", student: "map", teacher: "flat" },
  rkd: { type: "rkd", student: "flat", teacher: "flat" },
  "rkd of distances": { type: "rkd", student: "flat", teacher: "flat", angle: 0 },
  pkt: { type: "pkt", student: "flat", teacher: "small" },
  vid: { type: "vid", student: "map", teacher: "small" },
  "vid of flat features": { type: "vid", student: "flat", teacher: "flat" },
  crd: { type: "crd", student: "flat", teacher: "flat", negatives: 3, dimension: 4, temperature: 0.5 },
  "crd of a map": {
    type: "crd",
    student: "map",
    teacher: "small",
    negatives: 3,
    dimension: 2,
    temperature: 1,
  },
};

for (const [name, spec] of Object.entries(cases)) {
  test(`${name}: the gradients are what finite differences give, of its own weights too`, () => {
    const [term] = termsOf([spec], context) as [Term];
    const trained = Object.entries(ownOf(term)).filter(([weight]) => term.own?.parameters[weight]?.trainable);
    const layers = [spec].flatMap((loss) => ("student" in loss ? [loss.student].flat() : []));
    const taps = tidyData(features("student"));
    const points: [string, Float32Array][] = [
      ...layers.map((layer): [string, Float32Array] => [layer, taps[layer] as Float32Array]),
      ...trained,
    ];
    const gradients = evaluate(term, {}).gradients;
    for (const [point, values] of points) {
      // A few of each are enough, and all of what is small.
      for (let i = 0; i < values.length; i += Math.ceil(values.length / 12)) {
        const step = 2e-3;
        const at = (moved: number) =>
          evaluate(term, { [point]: values.with(i, (values[i] as number) + moved) }).value;
        const slope = (at(step) - at(-step)) / (2 * step);
        const found = gradients[point]?.[i] as number;
        // float32 leaves 1e-7 of the value over the step, and a ReLU may bend within it.
        const allowed = 1e-3 + 0.02 * Math.abs(slope);
        assert.ok(Math.abs(slope - found) < allowed, `${point}[${i}]: ${slope} and ${found}`);
      }
    }
  });

  test(`${name}: nothing is left behind`, () => {
    const [term] = termsOf([spec], context) as [Term];
    const before = engine().memory().numTensors;
    evaluate(term, {});
    assert.equal(engine().memory().numTensors, before);
  });
}

test("one sample has no relations", () => {
  for (const type of ["rkd", "sp", "pkt"] as const) {
    const [term] = termsOf([{ type, student: "flat", teacher: "flat" }], context) as [Term];
    const { value, gradients } = evaluate(term, {}, 1);
    assert.ok(Math.abs(value) < 1e-6, `${type}: ${value}`);
    assert.ok(gradients["flat"]?.every((slope) => Math.abs(slope) < 1e-6));
  }
});

test("features that are all 0 have a slope for crd, and no cliff", () => {
  const [term] = termsOf([{ type: "crd", student: "flat", teacher: "flat", negatives: 3 }], context) as [
    Term,
  ];
  const { value, gradients } = evaluate(term, { flat: new Float32Array(batch * 6) });
  assert.ok(Number.isFinite(value));
  const slopes = Object.values(gradients).flatMap((gradient) => [...gradient]);
  assert.ok(slopes.some((slope) => slope !== 0));
  // 1 over the shortest length that an embedding is divided by, τ and a handful of negatives.
  assert.ok(slopes.every((slope) => Math.abs(slope) < 1e6));
});

test("weights of a loss are named after its term, so that two never share one", () => {
  const vid = { type: "vid", student: "flat", teacher: "flat" } as const;
  const names = termsOf([vid, vid], context).flatMap(({ own }) => Object.keys(own?.parameters ?? {}));
  assert.equal(new Set(names).size, 8);
  assert.ok(names.includes("vid/rho") && names.includes("vid_2/conv1.kernel"));
});

/** A term's own weights, after a first batch: what that sets depends on the features, and no gradient says so. */
const ownOf = (term: Term): Record<string, Float32Array> =>
  Object.fromEntries(
    Object.entries(term.own?.initial(1) ?? {}).map(([name, values]) => [
      name,
      name.endsWith(".logNormalizer") ? Float32Array.of(3) : values,
    ]),
  );

/** The value and its gradients by the student's features and the loss's own weights, with some of these replaced. */
function evaluate(term: Term, replaced: Readonly<Record<string, Float32Array>>, rows = batch) {
  return tidy(() => {
    const cut = (all: Tensors) =>
      Object.fromEntries(Object.entries(all).map(([name, value]) => [name, slice(value, 0, rows)]));
    const from = (name: string, value: Tensor) =>
      replaced[name] === undefined ? value : tensor(replaced[name], value.shape);
    const taps = Object.fromEntries(
      Object.entries(cut(features("student"))).map(([name, value]) => [name, from(name, value)]),
    );
    const own = Object.fromEntries(
      Object.entries(ownOf(term)).map(([name, values]) => {
        const shape = term.own?.parameters[name]?.shape ?? [];
        return [name, from(name, tensor(values, [...shape]))];
      }),
    );
    const logits = taps["flat"] as Tensor;
    const trained = Object.fromEntries(
      Object.entries(own).filter(([name]) => term.own?.parameters[name]?.trainable),
    );
    const { value, gradients } = differentiate({ ...taps, ...trained }, () => ({
      value: term.value({
        student: { logits, taps },
        teacher: { logits, taps: cut(features("teacher")) },
        labels: { weights: logits },
        own,
        sampled: sampled(),
      }).value,
      beside: {},
    }));
    return { value: value.dataSync()[0] as number, gradients: tidyData(gradients) };
  });
}

const tidyData = (tensors: Tensors): Record<string, Float32Array> =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, value]) => [name, Float32Array.from(value.dataSync())]),
  );
