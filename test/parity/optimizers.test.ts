import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tensor } from "@tensorflow/tfjs-core";
import { clipByGlobalNorm } from "../../server/engine/distill/clip.ts";
import { type Optimizer, required } from "../../server/engine/distill/optimizers/optimizer.ts";
import {
  type OptimizerSpec,
  optimizerOf,
  optimizers,
} from "../../server/engine/distill/optimizers/optimizers.ts";
import type { NamedData, Program, TensorSpec } from "../../server/engine/program.ts";
import { assertClose } from "./closeness.ts";
import { executors } from "./executors.ts";
import { floats, type GoldenTensors, goldenCases } from "./golden.ts";

interface OptimizerCase {
  readonly name: string;
  readonly params: {
    readonly type: string;
    readonly lr: number;
    readonly noDecay?: readonly string[];
    readonly clipNorm?: number;
    readonly learningRates?: readonly number[];
  } & Readonly<Record<string, unknown>>;
  readonly initial: GoldenTensors;
  readonly gradients: GoldenTensors;
  readonly trajectory: GoldenTensors;
  readonly gradientNorms?: readonly number[];
  readonly tol: number;
}

const cases = await goldenCases<OptimizerCase>("optimizers");

test("there is a case for every optimizer", () => {
  assert.deepEqual(new Set(cases.map(({ params }) => params.type)), new Set(Object.keys(optimizers)));
});

for (const golden of cases) {
  for (const [engine, load] of Object.entries(executors)) {
    test(`${golden.name}: every step (${engine})`, async () => {
      const optimizer = optimizerOf(golden.params as unknown as OptimizerSpec);
      const executor = await load(optimizerProgram(optimizer, golden), initialState(optimizer, golden));
      const { lr, learningRates } = golden.params;
      const steps = Object.values(golden.gradients)[0]?.shape[0] as number;
      for (let step = 0; step < steps; step++) {
        const rate = learningRates?.[step] ?? lr;
        const scalars = Object.entries(optimizer.scalars(step, rate));
        const { norm } = await executor.run("step", {
          ...slices(golden.gradients, step, "gradient"),
          ...Object.fromEntries(scalars.map(([name, value]) => [`scalar/${name}`, Float32Array.of(value)])),
        });
        const state = await executor.read();
        for (const [name, expected] of Object.entries(slices(golden.trajectory, step, "weight"))) {
          assertClose(state[name], expected, golden.tol, `${name} after step ${step}`);
        }
        const expected = golden.gradientNorms?.[step];
        if (expected !== undefined)
          assertClose(norm, [expected], 1e-6 + 1e-5 * expected, `norm at step ${step}`);
      }
      await executor.dispose();
    });
  }
}

function optimizerProgram(optimizer: Optimizer, { initial, params }: OptimizerCase): Program {
  const spec = (name: string): TensorSpec => ({ shape: initial[name]?.shape ?? [], dtype: "float32" });
  const names = Object.keys(initial);
  const scalars = Object.keys(optimizer.scalars(0, params.lr));
  return {
    state: Object.fromEntries(
      names.flatMap((name) =>
        ["weight", ...optimizer.slots].map((group) => [`${group}/${name}`, spec(name)]),
      ),
    ),
    entries: [
      {
        name: "step",
        inputs: {
          ...Object.fromEntries(names.map((name) => [`gradient/${name}`, spec(name)])),
          ...Object.fromEntries(scalars.map((name) => [`scalar/${name}`, { shape: [], dtype: "float32" }])),
        },
        run: (state, inputs) => {
          const given = Object.fromEntries(names.map((name) => [name, required(inputs, `gradient/${name}`)]));
          const { gradients, norm } = clipByGlobalNorm(given, params.clipNorm);
          const next: Record<string, Tensor> = {};
          for (const name of names) {
            const { value, slots } = optimizer.update(
              {
                value: required(state, `weight/${name}`),
                gradient: required(gradients, name),
                slots: Object.fromEntries(
                  optimizer.slots.map((slot) => [slot, required(state, `${slot}/${name}`)]),
                ),
                decays: !params.noDecay?.includes(name),
              },
              Object.fromEntries(scalars.map((scalar) => [scalar, required(inputs, `scalar/${scalar}`)])),
            );
            next[`weight/${name}`] = value;
            for (const [slot, tensor] of Object.entries(slots)) next[`${slot}/${name}`] = tensor;
          }
          return { state: next, outputs: { norm } };
        },
      },
    ],
  };
}

const initialState = (optimizer: Optimizer, { initial }: OptimizerCase): NamedData =>
  Object.fromEntries(
    Object.entries(initial).flatMap(([name, tensor]) => [
      [`weight/${name}`, floats(tensor)],
      ...optimizer.slots.map((slot) => [`${slot}/${name}`, new Float32Array(tensor.data.length)] as const),
    ]),
  );

/** Row `index` of the first axis of each tensor, named GROUP/NAME. */
const slices = (tensors: GoldenTensors, index: number, group: string): Record<string, Float32Array> =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, data }]) => {
      const size = data.length / (shape[0] as number);
      return [`${group}/${name}`, Float32Array.from(data.slice(index * size, (index + 1) * size))];
    }),
  );
