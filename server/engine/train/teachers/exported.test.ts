import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { describeFile } from "../../../data/describe.ts";
import { identityNormalize } from "../../../data/normalize.ts";
import { hashed } from "../../../data/samples.ts";
import { openModelTeacher } from "./onnx.ts";

const folder = join(import.meta.dirname, "../../../../test/fixtures/teachers");

/** What Python says of irises that its own classifiers have learned: `make.py` beside the files. */
const {
  samples,
  models,
  sizes,
  "labels of a tree": shares,
} = JSON.parse(readFileSync(join(folder, "said.json"), "utf8")) as {
  readonly samples: readonly (readonly number[])[];
  readonly models: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly sizes: Readonly<Record<string, object>>;
  /** That each of three labels is there. */
  readonly "labels of a tree": readonly (readonly number[])[];
};

test("a single tree of several labels says the shares that it has learned, which its exporter rounds up to 1", async () => {
  const path = join(folder, "tree-of-labels.onnx");
  const irises = Float32Array.from(samples.flat());
  const count = samples.length;
  const own = { count, shape: [4], classes: 3, labels: new Int32Array(count), storage: irises };
  const teacher = await openModelTeacher(
    { type: "onnx", path, layout: "auto", outputs: "auto" },
    {
      path,
      sample: [4],
      threads: 1,
      shared: identityNormalize,
      samples: hashed({ ...own, task: "multiLabel", targets: Float32Array.from(shares.flat()) }),
    },
  );
  if ("problem" in teacher) return assert.fail(JSON.stringify(teacher.problem));
  const logits = await teacher.logits(irises, count);
  shares.flat().forEach((share, i) => {
    assert.ok(Math.abs(1 / (1 + Math.exp(-(logits[i] as number))) - share) < 1e-5, `value ${i}`);
  });
  await teacher.dispose();
});

for (const [name, said] of Object.entries(models)) {
  test(`${name}.onnx as its exporter writes it says what its model says in Python`, async () => {
    const path = join(folder, `${name}.onnx`);
    const teacher = await openModelTeacher(
      { type: "onnx", path, layout: "auto", outputs: "auto" },
      { path, sample: [4], threads: 1, shared: identityNormalize },
    );
    if ("problem" in teacher) return assert.fail(JSON.stringify(teacher.problem));
    const logits = await teacher.logits(Float32Array.from(samples.flat()), samples.length);
    assert.equal(logits.length, samples.length * 3);
    said.flat().forEach((probability, i) => {
      const row = logits.subarray(i - (i % 3), i - (i % 3) + 3);
      const sum = row.reduce((sum, logit) => sum + Math.exp(logit), 0);
      // Python's are rounded to six digits; exporters compute in float32.
      assert.ok(Math.abs(Math.exp(logits[i] as number) / sum - probability) < 1e-5, `value ${i}`);
    });
    await teacher.assertUntouched();
    await teacher.dispose();
  });
}

for (const [name, size] of Object.entries(sizes)) {
  test(`${name}.onnx: what it has learned is counted as what it is, and its classes are known`, async () => {
    const described = await describeFile(join(folder, `${name}.onnx`));
    assert.equal(described.kind, "model");
    if (described.kind !== "model") return;
    const { parameters, learned, outputs, scores } = described;
    assert.deepEqual(JSON.parse(JSON.stringify({ parameters, ...learned })), size);
    const { classNames, shape, dtype } = outputs.find((output) => output.name === scores) ?? {};
    const isNumbered = /forest|boost|gbm/.test(name);
    assert.deepEqual(classNames, isNumbered ? ["0", "1", "2"] : ["setosa", "versicolor", "virginica"]);
    assert.deepEqual([shape, dtype], [[-1, 3], "float32"]);
  });
}
