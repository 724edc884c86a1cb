import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { square, sum, type Tensor } from "@tensorflow/tfjs-core";
import { differentiate } from "../../server/engine/distill/differentiate.ts";
import { asGroup, inGroup } from "../../server/engine/distill/names.ts";
import { distillationProgram } from "../../server/engine/distill/program.ts";
import { buildNet, type Net } from "../../server/engine/nets/net.ts";
import { ownNet } from "../../server/engine/nets/ownNet.ts";
import { readGraphNet, savedFiles } from "../../server/engine/nets/savedNet.ts";
import type { LoadProgram, NamedData, Program } from "../../server/engine/program.ts";
import { loadModule } from "../../server/modules/load.ts";
import { makeKnown } from "../../server/modules/openModules.ts";
import type { Shape } from "../../server/nets/layers/layer.ts";
import { ownStudent } from "../../server/nets/ownStudents.ts";
import type { LayerSpec } from "../../server/nets/shapes.ts";
import { assertClose } from "./closeness.ts";
import { executors } from "./executors.ts";

/** `dense` with `relu`, and the net that the layers below make. */
const sources = {
  "./linear.ts": `import { defineLayer, integer } from "distillery";
export default defineLayer({
  description: "dense",
  parameters: { units: integer("Units.", { minimum: 1 }) },
  mask: "passes",
  shape: (input, { units }) => ({
    output: [units],
    weights: { kernel: { shape: [input[0], units] }, bias: { shape: [units] } },
  }),
  forward: ({ tf, x, weights }) => tf.relu(tf.add(tf.matMul(x, weights.kernel), weights.bias)),
});`,
  "./net.ts": `import { defineStudent, integer } from "distillery";
export default defineStudent({
  description: "layers",
  parameters: { width: integer("Units.", { minimum: 1 }) },
  weights: ({ input, outputs }, { width }) => ({
    "hidden.kernel": { shape: [input[0], width] },
    "hidden.bias": { shape: [width] },
    "dense_1.kernel": { shape: [width, outputs] },
    "dense_1.bias": { shape: [outputs] },
  }),
  random: (_, { width }) => ({ dropout_1: { distribution: "uniform", shape: [width] } }),
  forward: ({ tf, x, weights: w, training, random }) => {
    const hidden = tf.relu(tf.add(tf.matMul(x, w["hidden.kernel"]), w["hidden.bias"]));
    const kept = training
      ? tf.mul(hidden, tf.mul(tf.cast(tf.greaterEqual(random.dropout_1, 0.25), "float32"), 1 / 0.75))
      : hidden;
    return { logits: tf.add(tf.matMul(kept, w["dense_1.kernel"]), w["dense_1.bias"]), layers: { hidden } };
  },
});`,
};

const folder = await mkdtemp(join(tmpdir(), "own-nets-"));
after(() => rm(folder, { recursive: true, force: true }));
for (const [path, text] of Object.entries(sources)) await writeFile(join(folder, path), text);
const examples = fileURLToPath(new URL("../../examples/mnist", import.meta.url));
for (const [path, from] of [
  ...Object.keys(sources).map((path) => [path, folder] as const),
  ["./eca.ts", examples] as const,
  ["./mixer.ts", examples] as const,
]) {
  const loaded = await loadModule(join(from, path));
  if ("problem" in loaded) throw new Error(loaded.problem.message);
  makeKnown(path, loaded);
}

function layered(first: LayerSpec): Net {
  const net = buildNet([first, { type: "dropout", rate: 0.25 }, { type: "dense", units: 3 }], [6]);
  if ("problems" in net) throw new Error(net.problems[0]?.message);
  return net;
}

function student(path: string, given: object, input: Shape): Net {
  const own = ownStudent(path);
  assert.ok(own);
  return ownNet(own, given, { input, outputs: 3 });
}

const nets: Readonly<Record<string, Net>> = {
  builtIn: layered({ type: "dense", name: "hidden", units: 5, activation: "relu" }),
  "a layer": layered({ type: "./linear.ts", name: "hidden", units: 5 }),
  "a student": student("./net.ts", { width: 5 }, [6]),
};

const numbers = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(12.9898 * (i + 1) * (seed + 1.3)));

const batch = 4;

async function trained(load: LoadProgram, net: Net): Promise<NamedData> {
  const program = distillationProgram({
    student: net,
    losses: [
      { type: "kd", temperature: 3, weight: 0.7 },
      { type: "hint", student: "hidden", teacher: "hidden", weight: 1 },
    ],
    optimizer: { type: "adamw", learningRate: 0.01 },
    teacher: "fed",
    teacherFeatures: { hidden: [5] },
    batchSizes: [batch],
  });
  const executor = await load(program, program.initialState(net.initial(1)));
  for (let step = 0; step < 4; step++)
    await executor.run(`train@${batch}`, {
      x: numbers(batch * 6, step),
      labels: Int32Array.of(0, 2, 1, 1),
      teacherLogits: numbers(batch * 3, step + 9),
      "teacherTap/hidden": numbers(batch * 5, step + 5),
      "random/dropout_1": numbers(batch * 5, step + 3).map(Math.abs),
      ...Object.fromEntries(
        Object.entries(program.hyperparameters(step)).map(([name, value]) => [name, Float32Array.of(value)]),
      ),
    });
  const state = await executor.read();
  await executor.dispose();
  return state;
}

/** Logits and the gradients of their sum of squares. */
function probe(net: Net): Program {
  const specs = Object.entries(net.parameters).map(
    ([name, { shape }]) => [name, { shape, dtype: "float32" as const }] as const,
  );
  return {
    state: {},
    entries: [
      {
        name: "probe",
        inputs: {
          x: { shape: [2, ...net.inputShape], dtype: "float32" },
          ...asGroup("weights", Object.fromEntries(specs)),
        },
        run: (_, inputs) => {
          const { value, gradients, beside } = differentiate(inGroup("weights", inputs), () => {
            const { logits } = net.apply(inGroup("weights", inputs), inputs["x"] as Tensor, {
              training: false,
            });
            return { value: sum(square(logits)), beside: { logits } };
          });
          return { state: {}, outputs: { value, ...beside, ...asGroup("gradient", gradients) } };
        },
      },
    ],
  };
}

/** Numbers of PyTorch in float64, with weights and samples of `numbers`: seed 0 of the samples, 1 or 2 of the first weight, … */
const golden = {
  eca: [
    -0.47633743845303145, -0.0025678209762868684, 0.3563205038576017, -0.468829286879715,
    -0.04139854832562594,
  ],
  mixer: [
    0.09712261163294827, 0.23218756073206537, -0.49123573777366636, 0.09174234645385598, 0.2295276911905373,
    -0.48451097440973767,
  ],
  embedding: [-0.030561366581615894, 0.22544841600969687, -0.19488704942808083, -0.2827910527421115],
  gamma: [1.1528801519104004, 0.3086985049536771, 1.7500645864003828],
};

function probed(net: Net, firstSeed: number): NamedData {
  const size = (shape: Shape) => shape.reduce((product, extent) => product * extent, 1);
  const weights = Object.entries(net.parameters).map(([name, { shape }], i) => [
    name,
    numbers(size(shape), i + firstSeed),
  ]);
  return { x: numbers(2 * size(net.inputShape), 0), ...asGroup("weights", Object.fromEntries(weights)) };
}

async function probedOn(load: LoadProgram, net: Net, firstSeed: number): Promise<NamedData> {
  const executor = await load(probe(net), {});
  const outputs = await executor.run("probe", probed(net, firstSeed));
  const kept = Object.fromEntries(Object.entries(outputs).map(([name, data]) => [name, data.slice()]));
  await executor.dispose();
  return kept;
}

const eca = buildNet([{ type: "./eca.ts", name: "eca" }], [3, 4, 5]);
const mixer = student("./mixer.ts", { patch: 2, width: 3, depth: 2 }, [4, 4, 1]);

for (const [engine, load] of Object.entries(executors)) {
  test(`a layer and a student that are modules train to the bits of those that are built in (${engine})`, async () => {
    const { builtIn, ...own } = nets;
    const expected = await trained(load, builtIn as Net);
    for (const [what, net] of Object.entries(own)) assert.deepEqual(await trained(load, net), expected, what);
  });

  test(`the examples' layer and student compute what PyTorch does (${engine})`, async () => {
    if ("problems" in eca) throw new Error(eca.problems[0]?.message);
    const weighed = (await probedOn(load, eca, 1))["logits"] as Float32Array;
    const some = [0, 7, 33, 80, 119].map((at) => weighed[at] as number);
    assertClose(Float32Array.from(some), Float32Array.from(golden.eca), 1e-6, "eca");
    const mixed = await probedOn(load, mixer, 2);
    assertClose(mixed["logits"] as Float32Array, Float32Array.from(golden.mixer), 1e-5, "logits");
    const embedding = (mixed["gradient/embed.kernel"] as Float32Array).subarray(0, 4);
    assertClose(embedding, Float32Array.from(golden.embedding), 1e-5, "gradient");
    const gamma = mixed["gradient/block1.norm1.gamma"] as Float32Array;
    assertClose(gamma, Float32Array.from(golden.gamma), 1e-5, "gradient");
  });
}

test("a net with modules is saved as a graph that computes the same without them", async () => {
  for (const net of [mixer, nets["a layer"] as Net]) {
    const weights = net.initial(1);
    const path = join(folder, "model.onnx");
    await writeFile(path, savedFiles(net, weights)["model.onnx"] as Uint8Array);
    const read = await readGraphNet(path, { sample: net.inputShape });
    if ("problem" in read) assert.fail(read.problem.message);
    const load = Object.values(executors)[0] as LoadProgram;
    const logits = async (of: Net, own: NamedData) => {
      const executor = await load(probe(of), {});
      const { x } = probed(of, 0);
      const found = await executor.run("probe", { x: x as Float32Array, ...asGroup("weights", own) });
      return (found["logits"] as Float32Array).slice();
    };
    assertClose(await logits(read.net, read.weights), await logits(net, weights), 1e-5, "logits");
  }
});
