import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { distillationProgram } from "../../server/engine/distill/program.ts";
import { fileWeights, keptWeights } from "../../server/engine/nets/onnx/graphNet.ts";
import { readGraphNet } from "../../server/engine/nets/savedNet.ts";
import { sizeOf } from "../../server/sizeOf.ts";
import { assertClose } from "./closeness.ts";
import { executors } from "./executors.ts";
import { floats, type GoldenTensor, type GoldenTensors } from "./golden.ts";

/** A network that PyTorch has exported, and what it makes of one step: test/fixtures/students/generate.py. */
interface GoldenStudent {
  readonly x: GoldenTensor;
  readonly labels: readonly number[];
  readonly teacher: GoldenTensor;
  readonly temperature: number;
  readonly alpha: number;
  readonly outputs: GoldenTensor;
  readonly loss: number;
  readonly gradients: GoldenTensors;
  /** Moving statistics after the step, of norms that train. */
  readonly averages: GoldenTensors;
}

const folder = fileURLToPath(new URL("../fixtures/students", import.meta.url));

const largest = (tensors: readonly GoldenTensor[]): number =>
  Math.max(...tensors.flatMap(({ data }) => data.map(Math.abs)));

/** Of the largest gradient, or of the values: float32 against PyTorch's float64. */
const tolerance = 1e-5;

for (const name of ["resnet", "resnet-folded", "mobilenet", "vit", "vit-torchscript", "bert", "convnext"]) {
  const golden = JSON.parse(await readFile(`${folder}/${name}.json`, "utf8")) as GoldenStudent;
  const read = await readGraphNet(`${folder}/${name}.onnx`, {
    sample: golden.x.shape.slice(1),
  });
  assert.ok(!("problem" in read), JSON.stringify(read));
  const { net, weights } = read;
  const { parameters } = net.form;
  const [batch] = golden.x.shape as [number];
  const x = floats(golden.x);

  test(`${name}: weights are found under PyTorch's names`, () => {
    const trained = Object.keys(net.parameters).filter((weight) => net.parameters[weight]?.trainable);
    assert.deepEqual(trained.sort(), Object.keys(golden.gradients).sort());
    const back = keptWeights(fileWeights(weights, parameters), parameters);
    assert.deepEqual(back, weights);
  });

  for (const [engine, load] of Object.entries(executors)) {
    test(`${name}: outputs, loss, gradients and moving statistics are PyTorch's (${engine})`, async () => {
      const program = distillationProgram({
        student: net,
        losses: [
          { type: "kd", temperature: golden.temperature, weight: golden.alpha },
          { type: "ce", weight: 1 - golden.alpha },
        ],
        // The momentum buffer of the first step is the gradient.
        optimizer: { type: "sgd", learningRate: 0.1, momentum: 0.9 },
        teacher: "fed",
        batchSizes: [batch],
      });
      const executor = await load(program, program.initialState(weights));
      const { logits } = await executor.run(`evaluate@${batch}`, { x });
      assertClose(logits, floats(golden.outputs), tolerance * largest([golden.outputs]), "outputs");
      const { loss } = await executor.run(`train@${batch}`, {
        x,
        labels: Int32Array.from(golden.labels),
        teacherLogits: floats(golden.teacher),
        ...Object.fromEntries(
          Object.entries(net.randomInputs(batch)).map(([node, { shape }]) => [
            `random/${node}`,
            new Float32Array(sizeOf(shape)).fill(0.5),
          ]),
        ),
        ...Object.fromEntries(
          Object.entries(program.hyperparameters(0)).map(([key, value]) => [key, Float32Array.of(value)]),
        ),
      });
      assertClose(loss, [golden.loss], tolerance * golden.loss, "loss");
      const state = await executor.read();
      await executor.dispose();
      const inFile = (group: string) =>
        fileWeights(
          Object.fromEntries(
            Object.keys(net.parameters).map((weight) => [
              weight,
              (state[`${group}/${weight}`] ?? weights[weight]) as Float32Array,
            ]),
          ),
          parameters,
        );
      const gradients = inFile("optimizer/momentum");
      for (const [weight, expected] of Object.entries(golden.gradients))
        assertClose(
          gradients[weight],
          floats(expected),
          tolerance * largest(Object.values(golden.gradients)),
          weight,
        );
      const now = inFile("weights");
      for (const [average, expected] of Object.entries(golden.averages))
        assertClose(now[average], floats(expected), tolerance * largest([expected]), average);
    });
  }
}
