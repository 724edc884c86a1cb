import assert from "node:assert/strict";
import { test } from "node:test";
import { executors } from "../../../test/parity/executors.ts";
import { buildNet } from "../nets/net.ts";
import { partlyTrained } from "../nets/partlyTrained.ts";
import type { NamedData } from "../program.ts";
import { distillationProgram } from "./program.ts";

const built = buildNet(
  [
    { type: "dense", name: "body", units: 4 },
    { type: "batchNormalization", name: "norm" },
    { type: "dense", name: "head", units: 3 },
  ],
  [5],
);
assert.ok(!("problems" in built));
const whole = built;

/** The weights after two steps of Adam with decoupled decay. */
async function trained(
  load: (typeof executors)[string],
  net: typeof whole | ReturnType<typeof partlyTrained>,
  options: Partial<Parameters<typeof distillationProgram>[0]>,
): Promise<NamedData> {
  const program = distillationProgram({
    student: net,
    losses: [{ type: "ce", weight: 1 }],
    optimizer: { type: "adamw", learningRate: 0.01, weightDecay: 0.1 },
    batchSizes: [6],
    ...options,
  });
  const executor = await load(program, program.initialState(whole.initial(1)));
  for (const step of [0, 1])
    await executor.run("train@6", {
      x: Float32Array.from({ length: 30 }, (_, i) => Math.sin(i * 2.1)),
      labels: Int32Array.of(0, 1, 2, 0, 1, 2),
      ...Object.fromEntries(
        Object.entries(program.hyperparameters(step)).map(([name, value]) => [name, Float32Array.of(value)]),
      ),
    });
  const state = await executor.read();
  await executor.dispose();
  return state;
}

for (const [engine, load] of Object.entries(executors)) {
  test(`what no pattern matches stays as it is, and its norms compute by their averages (${engine})`, async () => {
    const initial = whole.initial(1);
    const state = await trained(load, partlyTrained(whole, ["head.*"]), {});
    for (const [name, values] of Object.entries(initial)) {
      const isHead = name.startsWith("head.");
      assert.equal(
        isHead,
        state[`weights/${name}`]?.some((value, i) => value !== values[i]),
        name,
      );
      assert.equal(isHead, `optimizer/m/${name}` in state, name);
    }
  });

  test(`learning rates and weight decays by pattern are those of optimizers of their own (${engine})`, async () => {
    const mixed = await trained(load, whole, {
      weightPatterns: { learningRates: { "*": 1, "head.*": 10 }, weightDecays: { "*.bias": 0.5 } },
    });
    // A first step of the others is the same, whatever the rest of the net does; so are all where nothing is said.
    const plain = await trained(load, whole, {});
    const fast = await trained(load, partlyTrained(whole, ["head.*"]), {
      optimizer: { type: "adamw", learningRate: 0.1, weightDecay: 0.1 },
    });
    const own = await trained(load, partlyTrained(whole, ["head.*"]), {
      weightPatterns: { learningRates: { "head.*": 10 } },
    });
    assert.deepEqual(own["weights/head.kernel"], fast["weights/head.kernel"]);
    assert.notDeepEqual(mixed["weights/head.kernel"], plain["weights/head.kernel"]);
    assert.notDeepEqual(mixed["weights/body.bias"], plain["weights/body.bias"]);
  });
}
