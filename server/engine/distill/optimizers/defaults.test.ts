import assert from "node:assert/strict";
import { test } from "node:test";
import "@tensorflow/tfjs-backend-cpu";
import { scalar, setBackend, type Tensor, tensor1d, tidy } from "@tensorflow/tfjs-core";
import type { ResolvedOptimizer } from "../../../../schemas/resolvedExperiment.gen.ts";
import { resolve } from "../../../language/resolve.ts";
import { learningRateOf, type OptimizerSpec, optimizerOf, optimizers } from "./optimizers.ts";

test.before(() => setBackend("cpu"));

const types = Object.keys(optimizers) as OptimizerSpec["type"][];

/** As a file that names the optimizer and nothing else has it. */
const resolvedOptimizer = (type: OptimizerSpec["type"]): ResolvedOptimizer =>
  resolve({
    data: { train: { type: "npz", path: "x.npz", features: "x", labels: "y" } },
    student: { preset: "mlp", hidden: [4] },
    losses: [{ type: "ce" }],
    optimizer: { type },
  }).optimizer;

/** A weight after each step, with these gradients one after the other. */
function trajectory(spec: OptimizerSpec, gradients: readonly number[], decays = true): number[] {
  return tidy(() => {
    const optimizer = optimizerOf(spec);
    let value: Tensor = tensor1d([0.5]);
    let slots: Readonly<Record<string, Tensor>> = Object.fromEntries(
      optimizer.slots.map((slot) => [slot, tensor1d([0])]),
    );
    return gradients.map((gradient, step) => {
      const scalars = Object.entries(optimizer.scalars(step, learningRateOf(spec)));
      const updated = optimizer.update(
        { value, gradient: tensor1d([gradient]), slots, decays },
        Object.fromEntries(scalars.map(([name, number]) => [name, scalar(number)])),
      );
      ({ value, slots } = updated);
      return value.dataSync()[0] as number;
    });
  });
}

test("an optimizer that says nothing else is PyTorch's; Lion, which PyTorch does not have, its authors'", () => {
  const documented = Object.fromEntries(types.map((type) => [type, resolvedOptimizer(type)]));
  const rest = { decayBiasAndNorm: false };
  const moments = { betas: [0.9, 0.999], epsilon: 1e-8, amsgrad: false, ...rest };
  assert.deepEqual(documented, {
    adamw: { type: "adamw", learningRate: 1e-3, weightDecay: 0.01, ...moments },
    adam: { type: "adam", learningRate: 1e-3, weightDecay: 0, ...moments },
    sgd: {
      type: "sgd",
      learningRate: 1e-3,
      momentum: 0,
      dampening: 0,
      nesterov: false,
      weightDecay: 0,
      ...rest,
    },
    rmsprop: {
      type: "rmsprop",
      learningRate: 1e-2,
      alpha: 0.99,
      epsilon: 1e-8,
      momentum: 0,
      centered: false,
      weightDecay: 0,
      ...rest,
    },
    lion: { type: "lion", learningRate: 1e-4, betas: [0.9, 0.99], weightDecay: 0, ...rest },
    adagrad: {
      type: "adagrad",
      learningRate: 1e-2,
      epsilon: 1e-10,
      weightDecay: 0,
      ...rest,
    },
  });
});

test("what is computed without a word has the defaults that are documented", () => {
  // Gradients as small as ε, next to which it counts, and some that are not.
  for (const gradients of [
    [1e-8, 2e-8, -1e-8],
    [1e-10, 3e-10, 1e-10],
    [0.3, -0.2, 0.5],
  ])
    for (const type of types) {
      const own = resolvedOptimizer(type) as OptimizerSpec;
      assert.equal(learningRateOf({ type }), own.learningRate, type);
      assert.deepEqual(trajectory({ type }, gradients), trajectory(own, gradients), type);
    }
});

test("Adam's ε stands beside the root: at a gradient of ε the first step is half of one", () => {
  const moved = (gradient: number) =>
    0.5 - (trajectory({ type: "adam", learningRate: 0.1 }, [gradient])[0] as number);
  // float32 squares 1e-8 to 1e-16, far from its least number.
  assert.ok(Math.abs(moved(1e-8) - 0.05) < 1e-5, `${moved(1e-8)}`);
  assert.ok(Math.abs(moved(1) - 0.1) < 1e-6);
});

test("centred RMSprop goes on where rounding makes the variance of an equal gradient negative", () => {
  for (const gradient of [0.1, 0.3, 0.7, 1.1]) {
    const spec = { type: "rmsprop", centered: true, alpha: 0.5, learningRate: 1e-12 } as const;
    const weights = trajectory(spec, new Array(200).fill(gradient));
    assert.ok(
      weights.every(Number.isFinite),
      `${gradient}: ${weights.findIndex((w) => !Number.isFinite(w))}`,
    );
  }
});

test("weight decay spares the weights that it is not for", () => {
  for (const type of types) {
    const decaying = { type, weightDecay: 0.5, learningRate: 0.1 };
    const still = trajectory({ type, weightDecay: 0, learningRate: 0.1 }, [0.3, -0.2, 0.05]);
    assert.deepEqual(trajectory(decaying, [0.3, -0.2, 0.05], false), still, type);
    assert.notDeepEqual(trajectory(decaying, [0.3, -0.2, 0.05]), still, type);
  }
});

test("a step is fed the numbers that its optimizer needs, and no more", () => {
  const fed = (spec: OptimizerSpec) => [0, 1].map((step) => optimizerOf(spec).scalars(step, 0.5));
  const betas: [number, number] = [0.5, 0.75];
  const corrections = [
    { stepSize: 1, rootCorrection: 2 },
    { stepSize: 0.5 / 0.75, rootCorrection: 1 / Math.sqrt(1 - 0.75 ** 2) },
  ];
  assert.deepEqual(fed({ type: "adam", betas, weightDecay: 0.5 }), corrections);
  assert.deepEqual(fed({ type: "adamw", betas, weightDecay: 0 }), corrections);
  assert.deepEqual(
    fed({ type: "adamw", betas, weightDecay: 0.5 }),
    corrections.map((numbers) => ({ keep: 0.75, ...numbers })),
  );
  const rates = [{ learningRate: 0.5 }, { learningRate: 0.5 }];
  for (const spec of [
    { type: "lion" },
    { type: "adagrad", weightDecay: 0.5 },
    { type: "rmsprop", weightDecay: 0.5 },
    { type: "sgd", momentum: 0.5 },
    { type: "sgd", dampening: 0.5 },
  ] as const)
    assert.deepEqual(fed(spec), rates, spec.type);
  assert.deepEqual(
    fed({ type: "lion", weightDecay: 0.5 }),
    rates.map((rate) => ({ ...rate, keep: 0.75 })),
  );
  assert.deepEqual(fed({ type: "sgd", momentum: 0.5, dampening: 0.25 }), [
    { learningRate: 0.5, gain: 1 },
    { learningRate: 0.5, gain: 0.75 },
  ]);
});

test("an optimizer keeps for each weight what it needs, and no more", () => {
  const kept = (spec: OptimizerSpec) => optimizerOf(spec).slots;
  assert.deepEqual(kept({ type: "adam" }), ["m", "v"]);
  assert.deepEqual(kept({ type: "adam", amsgrad: true }), ["m", "v", "vMax"]);
  assert.deepEqual(kept({ type: "sgd" }), []);
  assert.deepEqual(kept({ type: "sgd", momentum: 0.5 }), ["momentum"]);
  assert.deepEqual(kept({ type: "rmsprop" }), ["meanSquare"]);
  assert.deepEqual(kept({ type: "rmsprop", centered: true, momentum: 0.5 }), [
    "meanSquare",
    "mean",
    "momentum",
  ]);
  assert.deepEqual(kept({ type: "lion" }), ["m"]);
  assert.deepEqual(kept({ type: "adagrad" }), ["sumOfSquares"]);
});

test("an optimizer gives back the values that it keeps, and asks for those it lacks by name", () => {
  const specs: OptimizerSpec[] = [
    ...types.map((type) => ({ type })),
    { type: "adam", amsgrad: true },
    { type: "sgd", momentum: 0.5 },
    { type: "rmsprop", centered: true, momentum: 0.5 },
  ];
  for (const spec of specs) {
    const optimizer = optimizerOf(spec);
    const [value, gradient] = [tensor1d([0.5]), tensor1d([0.3])];
    const scalars = Object.fromEntries(
      Object.entries(optimizer.scalars(0, 0.1)).map(([name, number]) => [name, scalar(number)]),
    );
    const slots = Object.fromEntries(optimizer.slots.map((slot) => [slot, tensor1d([0])]));
    const updated = optimizer.update({ value, gradient, slots, decays: true }, scalars);
    assert.deepEqual(Object.keys(updated.slots), optimizer.slots, spec.type);
    for (const missing of optimizer.slots) {
      const { [missing]: _, ...others } = slots;
      assert.throws(
        () => optimizer.update({ value, gradient, slots: others, decays: true }, scalars),
        new RegExp(`^Error: The tensor ${missing} is missing$`),
      );
    }
  }
});
