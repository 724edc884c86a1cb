import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node } from "jsonc-parser";
import { needsLabels, losses as table } from "../../server/engine/distill/losses/losses.ts";
import { type DistillationOptions, distillationProgram } from "../../server/engine/distill/program.ts";
import { buildNet, type Net } from "../../server/engine/nets/net.ts";
import type { LoadProgram, NamedData } from "../../server/engine/program.ts";
import { lossModels } from "../../server/language/model/losses.ts";
import { parse } from "../../server/language/parse.ts";
import { assertClose } from "./closeness.ts";
import { executors } from "./executors.ts";

/**
 * Samples without labels, against PyTorch 2 in float64: kl_div, cross_entropy with ignore_index −1 (and label_smoothing 0.1),
 * and dkd of its authors on the rows with a label. The student's logits are its input, so that the change of its kernel in a
 * step of SGD at rate 1 is the outer product of input and gradient.
 */
const [batch, classes] = [5, 4];
const x = Float32Array.from({ length: batch * classes }, (_, i) => 2 * Math.sin(1 + i));
const teacherLogits = Float32Array.from({ length: batch * classes }, (_, i) => 3 * Math.cos(i));
const labels = Int32Array.of(0, -1, 3, -1, 1);
const expected = { ce: 2.2212946079, labelSmoothing: 2.211271031, dkd: 2.0977140798, kd: 0.4708518132 };
/** Of 0.7 · kd + 0.3 · ce by the logits. */
const gradient = [
  -0.12858549, 0.06079855, 0.04670398, 0.02108296, 0.01260469, -0.01268383, -0.03215854, 0.03223768,
  0.1107842, 0.0390425, 0.00410653, -0.15393322, -0.05340782, -0.01769678, 0.04011433, 0.03099027, 0.02817446,
  -0.09004739, -0.01006981, 0.07194274,
];

const built = buildNet([{ type: "dense", units: classes, useBias: false }], [classes]);
if ("problems" in built) throw new Error(built.problems[0]?.message);
const student: Net = built;
const kernel = "weights/dense_1.kernel";
const identity = Float32Array.from({ length: classes * classes }, (_, i) =>
  i % (classes + 1) === 0 ? 1 : 0,
);

const losses: DistillationOptions["losses"] = [
  { type: "kd", temperature: 3, weight: 0.7 },
  { type: "ce", weight: 0.3 },
  { type: "labelSmoothing", epsilon: 0.1, weight: 0 },
  { type: "dkd", temperature: 4, alpha: 1, beta: 8, weight: 0 },
];

const programOf = (form: "some" | "classes") =>
  distillationProgram({
    student,
    losses,
    optimizer: { type: "sgd", learningRate: 1, momentum: 0 },
    teacher: "fed",
    labels: form,
    batchSizes: [batch],
  });

const all = programOf("some");

async function stepped(load: LoadProgram, program: ReturnType<typeof programOf>, given: Int32Array) {
  const executor = await load(program, program.initialState({ "dense_1.kernel": identity }));
  const scalars = Object.entries(program.hyperparameters(0)).map(([name, value]) => [
    name,
    Float32Array.of(value),
  ]);
  const feeds: NamedData = { x, labels: given, teacherLogits, ...Object.fromEntries(scalars) };
  const outputs = await executor.run(`train@${batch}`, feeds);
  const state = await executor.read();
  await executor.dispose();
  return { outputs, kernel: state[kernel] as Float32Array };
}

for (const [name, load] of Object.entries(executors)) {
  test(`${name}: samples without labels count in kd, and not in the losses of labels`, async () => {
    const { outputs, kernel } = await stepped(load, all, labels);
    for (const [term, value] of Object.entries(expected)) assertClose(outputs[term], [value], 1e-5, term);
    const moved = identity.map((value, place) => {
      const [input, unit] = [Math.floor(place / classes), place % classes];
      let slope = 0;
      for (let i = 0; i < batch; i++)
        slope += (x[i * classes + input] as number) * (gradient[i * classes + unit] as number);
      return value - slope;
    });
    assertClose(kernel, moved, 1e-5, "kernel");
  });

  test(`${name}: in a batch without labels the losses of labels are 0`, async () => {
    const { outputs, kernel } = await stepped(load, all, new Int32Array(batch).fill(-1));
    for (const term of ["ce", "labelSmoothing", "dkd"]) assertClose(outputs[term], [0], 0, term);
    assertClose(outputs["loss"], [0.7 * expected.kd], 1e-5, "loss");
    assert.ok(kernel.every(Number.isFinite));
  });

  test(`${name}: where each sample has a label, the mask changes nothing`, async () => {
    const given = Int32Array.of(0, 2, 3, 1, 1);
    const [masked, plain] = [
      await stepped(load, all, given),
      await stepped(load, programOf("classes"), given),
    ];
    assertClose(masked.kernel, plain.kernel, 1e-6, "kernel");
    assertClose(masked.outputs["loss"], plain.outputs["loss"] ?? [], 1e-6, "loss");
  });
}

test("the editor and the engine agree on which losses are of the labels", () => {
  for (const type of Object.keys(table) as (keyof typeof table)[]) {
    const [model] = lossModels(parse(`{ "losses": [{ "type": "${type}" }] }`).root as Node);
    assert.equal(model?.needsLabels, needsLabels({ type }), type);
  }
});
