import assert from "node:assert/strict";
import { test } from "node:test";
import { loadEager } from "../../../../test/support/eager.ts";
import { errorOf } from "../../../../test/support/trainingNets.ts";
import type { LayerSpec } from "../../../nets/shapes.ts";
import { asGroup } from "../../distill/names.ts";
import { type DistillationOptions, distillationProgram } from "../../distill/program.ts";
import { loadOnnxRuntime } from "../../native/onnxruntime.ts";
import { buildNet, type Net } from "../../nets/net.ts";
import type { LoadProgram } from "../../program.ts";
import { trace } from "../trace.ts";
import { divideFrozen } from "./frozenPart.ts";
import { lowerProgram } from "./lowerForOnnxRuntime.ts";

const conv = (filters: number): LayerSpec => ({ type: "conv2d", filters, kernelSize: 3, activation: "relu" });
const pool: LayerSpec = { type: "maxPooling2d", poolSize: 2 };
function net(layers: readonly LayerSpec[], size = 28): Net {
  const built = buildNet([...layers, { type: "flatten" }, { type: "dense", units: 10 }], [size, size, 1]);
  assert.ok(!("problems" in built));
  return built;
}
const small = net([conv(8), pool, conv(16), pool]);
const large = net([conv(32), pool, conv(64), pool]);

const graphs = (options: Partial<DistillationOptions>) =>
  trace(
    distillationProgram({
      student: small,
      losses: [
        { type: "kd", temperature: 3, weight: 0.7 },
        { type: "ce", weight: 0.3 },
      ],
      optimizer: { type: "adamw", learningRate: 1e-3 },
      teacher: { net: large, input: "shared", outputs: "logits" },
      batchSizes: [128, 32],
      ...options,
    }),
  );

test("a batch that only adds to gradients has the same frozen part, and no part of the student", () => {
  const divided = divideFrozen(graphs({ batchSizes: [32], accumulated: [32] })) ?? assert.fail("not divided");
  assert.deepEqual(
    divided.frozen.map(({ name, state }) => [
      name,
      [...state.keys()].every((key) => key.startsWith("teacher/")),
    ]),
    [
      ["train@32/frozen", true],
      ["accumulate@32/frozen", true],
    ],
  );
  assert.equal(
    divideFrozen(graphs({ teacher: undefined, losses: [{ type: "ce", weight: 1 }], accumulated: [32] })),
    undefined,
  );
});

test("what a frozen teacher computes is a part of its own, which alone reads its weights", () => {
  const whole = graphs({});
  const divided = divideFrozen(whole) ?? assert.fail("not divided");
  const names = (state: ReadonlyMap<string, unknown>) => [...state.keys()];
  assert.deepEqual(
    divided.frozen.map(({ name }) => name),
    ["train@128/frozen", "train@32/frozen"],
  );
  for (const graph of divided.frozen) {
    assert.ok(names(graph.state).every((name) => name.startsWith("teacher/")));
    assert.equal(graph.updates.size, 0);
  }
  assert.deepEqual(
    divided.rest.map(({ name }) => name),
    whole.map(({ name }) => name),
  );
  for (const graph of divided.rest)
    assert.ok(names(graph.state).every((name) => !name.startsWith("teacher/")));
  const step = divided.rest[0];
  const part = divided.fed.get("train@128");
  assert.ok(step && part);
  const values = Object.keys(part.values);
  assert.ok(values.length > 0);
  assert.deepEqual([...(divided.frozen[0]?.outputs.keys() ?? [])], values);
  assert.ok(values.every((name) => step.inputs.has(name)));
  // No node is computed twice but those that need no teacher.
  const count = (some: readonly { readonly nodes: readonly { readonly kernel: string }[] }[]) =>
    some.flatMap(({ nodes }) => nodes).filter(({ kernel }) => kernel.startsWith("Conv2D")).length;
  assert.equal(count(divided.frozen) + count(divided.rest), count(whole));
});

test("a step whose teacher is fed, or has no convolutions, is one", () => {
  assert.equal(divideFrozen(graphs({ teacher: "fed" })), undefined);
  const teacher = { net: net([]), input: "shared", outputs: "logits" } as const;
  assert.equal(divideFrozen(graphs({ teacher })), undefined);
});

test("each part has its own lowering where that takes less time, and one model where it does not", () => {
  const { models, fed, reason, slots } = lowerProgram(graphs({ evaluationBatchSizes: [] }));
  assert.deepEqual([...models.keys()].sort(), [
    "train@128",
    "train@128/frozen",
    "train@32",
    "train@32/frozen",
  ]);
  assert.deepEqual([...(fed?.keys() ?? [])], ["train@128", "train@32"]);
  assert.match(reason ?? "", /^student batch innermost: .*; teacher blocks of channels: /);
  assert.equal(new Set(slots.map(({ name }) => name)).size, slots.length);
  const alike = lowerProgram(graphs({ student: net([]), evaluationBatchSizes: [] }));
  assert.equal(alike.fed, undefined);
});

test("a step in two parts trains as the eager program does, with a teacher that is written meanwhile", async () => {
  const [batch, size] = [24, 14];
  const small = net([conv(4), pool, conv(6)], size);
  const large = net([conv(32), conv(32)], size);
  const program = distillationProgram({
    student: small,
    losses: [
      { type: "kd", temperature: 3, weight: 0.7 },
      { type: "ce", weight: 0.3 },
    ],
    optimizer: { type: "adamw", learningRate: 1e-3 },
    teacher: { net: large, input: "shared", outputs: "logits" },
    batchSizes: [batch],
    evaluationBatchSizes: [],
  });
  assert.ok(lowerProgram(trace(program)).fed, "the step is one");
  const initial = program.initialState(small.initial(1), large.initial(2));
  const other = asGroup("teacher", large.initial(3));
  const wave = (count: number, at: number) =>
    Float32Array.from({ length: count }, (_, i) => Math.sin(i * 0.37 + at));
  const trained = async (load: LoadProgram) => {
    const executor = await load(program, initial, { threads: 1 });
    try {
      for (let step = 0; step < 3; step++) {
        if (step === 2) await executor.write(other);
        await executor.run(`train@${batch}`, {
          x: wave(batch * size * size, step),
          labels: Int32Array.from({ length: batch }, (_, i) => (i * 7 + step) % 10),
          ...Object.fromEntries(
            Object.entries(program.hyperparameters(step)).map(([name, value]) => [
              name,
              Float32Array.of(value),
            ]),
          ),
        });
      }
      return await executor.read();
    } finally {
      await executor.dispose();
    }
  };
  const expected = await trained(loadEager);
  const actual = await trained(loadOnnxRuntime);
  for (const [name, values] of Object.entries(expected))
    assert.ok(errorOf(actual[name] ?? assert.fail(name), values) < 1e-5, name);
});
