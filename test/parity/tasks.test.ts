import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import type { Tensor } from "@tensorflow/tfjs-core";
import type { Loss } from "../../schemas/experiment.gen.ts";
import { differentiate } from "../../server/engine/distill/differentiate.ts";
import { partlyLabelledRows } from "../../server/engine/distill/losses/labelled.ts";
import { tasksOf, termsOf } from "../../server/engine/distill/losses/losses.ts";
import type { Program, TensorSpec } from "../../server/engine/program.ts";
import { type TaskName, taskOf } from "../../server/tasks/tasks.ts";
import { assertClose } from "./closeness.ts";
import { executors } from "./executors.ts";

/** By PyTorch in float64 and scikit-learn: generate.py in that folder. */
interface Golden {
  readonly losses: readonly {
    readonly type: Loss["type"];
    readonly task: TaskName;
    readonly params: Readonly<Record<string, unknown>>;
    readonly shape: readonly [number, number];
    readonly student: readonly number[];
    readonly teacher: readonly number[];
    readonly labels: readonly number[];
    readonly labelled?: readonly number[];
    readonly loss: number;
    readonly gradient: readonly number[];
  }[];
  readonly metrics: readonly {
    readonly task: TaskName;
    readonly threshold?: number | readonly number[];
    readonly outputs: number;
    readonly logits: readonly number[];
    readonly targets: readonly number[];
    readonly metrics: Readonly<Record<string, number>>;
  }[];
}

const golden: Golden = JSON.parse(
  await readFile(new URL("../fixtures/tasks/tasks.json", import.meta.url), "utf8"),
);

for (const [engine, load] of Object.entries(executors))
  test(`losses of labels that are rows have PyTorch's values and gradients (${engine})`, async () => {
    for (const [i, it] of golden.losses.entries()) {
      const [batch, outputs] = it.shape;
      const width = it.labelled ? outputs + 1 : outputs;
      const float = (...shape: number[]): TensorSpec => ({ shape, dtype: "float32" });
      const [term] = termsOf([{ type: it.type, ...it.params } as Loss], {
        shapes: { student: {}, teacher: {} },
        samples: 0,
        task: it.task,
      });
      const program: Program = {
        state: {},
        entries: [
          {
            name: "loss",
            inputs: {
              student: float(batch, outputs),
              teacher: float(batch, outputs),
              labels: float(batch, width),
            },
            run: (_, { student, teacher, labels }) => {
              const rows = it.labelled ? partlyLabelledRows(labels as Tensor) : { weights: labels as Tensor };
              const { value, gradients } = differentiate({ student: student as Tensor }, () => ({
                value: (term as NonNullable<typeof term>).value({
                  student: { logits: student as Tensor, taps: {} },
                  teacher: { logits: teacher as Tensor },
                  labels: rows,
                  own: {},
                }).value,
                beside: {},
              }));
              return { state: {}, outputs: { value, gradient: gradients["student"] as Tensor } };
            },
          },
        ],
      };
      const executor = await load(program, {});
      const labels = Array.from({ length: batch }, (_, row) => [
        ...it.labels.slice(row * outputs, (row + 1) * outputs),
        ...(it.labelled ? [it.labelled[row] as number] : []),
      ]).flat();
      const { value, gradient } = await executor.run("loss", {
        student: Float32Array.from(it.student),
        teacher: Float32Array.from(it.teacher),
        labels: Float32Array.from(labels),
      });
      await executor.dispose();
      const what = `${i} ${it.type} of ${it.task}`;
      // float32: 2⁻²⁴ of the largest of a few terms.
      assertClose(value, [it.loss], 1e-6 + 2e-6 * Math.abs(it.loss), what);
      const largest = it.gradient.reduce((most, number) => Math.max(most, Math.abs(number)), 0);
      assertClose(gradient, it.gradient, 1e-7 + 4e-6 * largest, `${what}: gradient`);
    }
  });

test("metrics are scikit-learn's, however the samples are batched", () => {
  for (const { task, threshold, outputs, logits, targets, metrics } of golden.metrics)
    for (const batch of [7, 1000]) {
      const accumulator = taskOf(task).accumulator(outputs, { threshold });
      const kept: number[] = [];
      for (let start = 0; start < targets.length; start += batch * outputs) {
        const part = (all: readonly number[]) => Float32Array.from(all.slice(start, start + batch * outputs));
        const labels = new Int32Array(part(targets).length / outputs);
        kept.push(
          ...accumulator.add({
            logits: part(logits),
            labels,
            targets: part(targets),
            teacher: part(logits),
          }),
        );
      }
      const { metrics: found } = accumulator.result();
      for (const [name, expected] of Object.entries(metrics))
        assert.ok(
          Math.abs((found[name] ?? Number.NaN) - expected) <= 1e-9 * (1 + Math.abs(expected)),
          `${task}, ${name}: ${found[name]}, and ${expected}`,
        );
      // What a gain is computed from comes to the metric itself.
      const { gain, answers } = taskOf(task);
      const sums = Array.from({ length: answers }, (_, k) =>
        kept.filter((_, i) => i % answers === k).reduce((sum, value) => sum + value, 0),
      );
      const again = gain?.of(sums, kept.length / answers) ?? Number.NaN;
      assert.ok(
        Math.abs(again - (metrics[gain?.metric ?? ""] ?? 0)) <= 1e-6 * (1 + again),
        `${task}: ${again}`,
      );
      assert.equal(found["agreement"] ?? 1 - (found["teacherRmse"] ?? 1), 1);
    }
});

test("each task has a loss of its labels and one of its teacher, that is for it", () => {
  for (const task of ["classification", "multiLabel", "regression"] as const)
    for (const type of [taskOf(task).labelLoss, "kd"] as Loss["type"][])
      assert.ok(tasksOf({ type }).includes(task), `${type} of ${task}`);
  assert.deepEqual(tasksOf({ type: "dkd" }), ["classification"]);
});
