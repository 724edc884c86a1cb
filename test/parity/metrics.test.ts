import assert from "node:assert/strict";
import { test } from "node:test";
import { metricsAccumulator } from "../../server/tasks/classificationMetrics.ts";
import type { Measured } from "../../server/tasks/task.ts";
import { assertClose } from "./closeness.ts";
import { floats, type GoldenTensor, goldenCases } from "./golden.ts";

interface MetricsCase {
  readonly name: string;
  readonly inputs: {
    readonly student: GoldenTensor;
    readonly teacher: GoldenTensor;
    readonly labels: readonly number[];
  };
  readonly metrics: Readonly<Record<string, number>> & { readonly confusion: never };
}

const tolerance = 1e-5; // the format's

for (const { name, inputs, metrics: expected } of await goldenCases<MetricsCase>("metrics")) {
  for (const batch of [1, 7, inputs.labels.length]) {
    test(`metrics, ${name}, in batches of ${batch}`, () => {
      const classes = inputs.student.shape[1] as number;
      const [student, teacher] = [floats(inputs.student), floats(inputs.teacher)];
      const accumulator = metricsAccumulator(classes);
      for (let from = 0; from < inputs.labels.length; from += batch) {
        accumulator.add({
          logits: student.subarray(from * classes, (from + batch) * classes),
          teacher: teacher.subarray(from * classes, (from + batch) * classes),
          labels: inputs.labels.slice(from, from + batch),
        });
      }
      const { metrics, confusion }: Measured = accumulator.result();
      const { top1, confusion: counts, ...others } = expected;
      assertClose([metrics["accuracy"] as number], [top1 as number], tolerance, "accuracy");
      for (const [metric, value] of Object.entries(others)) {
        assertClose([metrics[metric] as number], [value as number], tolerance, metric);
      }
      assert.deepEqual(confusion, counts);
    });
  }
}
