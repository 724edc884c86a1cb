import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Experiment } from "../../../schemas/experiment.gen.ts";
import { temporaryDirectory } from "../../../test/support/dataFiles.ts";
import { memoryWorld } from "../../../test/support/memoryWorld.ts";
import { spreadOf } from "../../data/standard.ts";
import { resolve } from "../../language/resolve.ts";
import { loadOnnxRuntime } from "../native/onnxruntime.ts";
import { distil } from "./distil.ts";

test("numbers that are standardised here are learned as numbers that are standardised in the file, and given in their units", async (context) => {
  const folder = await temporaryDirectory(context);
  const count = 60;
  const inputs = Array.from({ length: count }, (_, i) => [Math.sin(i), Math.cos(3 * i)] as const);
  const numbers = inputs.map(([a, b]) => Math.fround(70_000 + 900 * a - 400 * b * b));
  const { mean, deviation } = spreadOf(Float32Array.from(numbers), { from: 0, step: 1 });
  const table = (labels: readonly number[]) =>
    ["a,b,y", ...inputs.map(([a, b], i) => `${a},${b},${labels[i]}`)].join("\n");
  await writeFile(join(folder, "raw.csv"), table(numbers));
  await writeFile(join(folder, "standard.csv"), table(numbers.map((number) => (number - mean) / deviation)));
  const learned = async (path: string, standardizeTargets: boolean) => {
    const { context: world, events } = memoryWorld({ load: loadOnnxRuntime, folder });
    const source = { type: "csv" as const, path, label: "y" };
    const experiment: Experiment = {
      task: "regression",
      data: { train: source, test: source, standardizeTargets, batchSize: 16 },
      teacher: { type: "layers", layers: [{ type: "dense", units: 1 }], train: { epochs: 3 } },
      student: { preset: "mlp", hidden: [8] },
      losses: [{ type: "kd" }, { type: "huber", delta: 0.5 }],
      training: { epochs: 4, ema: 0.9 },
    };
    const ended = await distil(resolve(experiment), world);
    assert.ok(ended.ending === "completed", JSON.stringify(ended));
    const losses = events.flatMap((event) => (event.type === "step" ? [event.loss] : []));
    return { losses, test: ended.result.test, warned: events.filter(({ type }) => type === "warning") };
  };
  const here = await learned("raw.csv", true);
  const inFile = await learned("standard.csv", false);
  assert.ok(here.losses.length >= 16 + 12);
  // Labels of 70,000 are float32: the last digit is 0.008, 10⁻⁵ of their deviation.
  here.losses.forEach((loss, i) => {
    const expected = inFile.losses[i] as number;
    assert.ok(
      Math.abs((loss as number) - expected) < 1e-4 * Math.max(1, expected),
      `step ${i}: ${loss}, ${expected}`,
    );
  });
  const rmse = ({ test }: typeof here) => test?.["rmse"] as number;
  assert.ok(Math.abs(rmse(here) / deviation - rmse(inFile)) < 1e-4, `${rmse(here)}, ${rmse(inFile)}`);
  assert.ok(!JSON.stringify(here.warned).includes("targets-large"));
});
