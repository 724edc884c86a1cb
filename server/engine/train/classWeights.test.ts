import assert from "node:assert/strict";
import { test } from "node:test";
import type { Experiment } from "../../../schemas/experiment.gen.ts";
import { resolve } from "../../language/resolve.ts";
import { classWeightsProblem, withClassWeights } from "./classWeights.ts";

test("class weights are as many as the classes", () => {
  const ce = { type: "ce" as const, weight: 1 };
  assert.equal(classWeightsProblem([ce, { ...ce, classWeights: [1, 2, 0.5] }], 3), undefined);
  assert.deepEqual(classWeightsProblem([{ ...ce, classWeights: [1, 2] }], 3)?.problem, {
    code: "class-weights",
    message: "The loss ce has 2 class weights, but there are 3 classes.",
    hint: "Give one number per class.",
  });
});

test("balanced weights are those of scikit-learn, of the samples with a label, wherever a loss has them", () => {
  const ce = { type: "ce" as const, weight: 1, classWeights: "balanced" as const };
  const common: Pick<Experiment, "data" | "student"> = {
    data: { train: { type: "csv", path: "t.csv", label: "y" } },
    student: { preset: "mlp", hidden: [4] },
  };
  // compute_class_weight("balanced", classes=[0, 1, 2], y=[0, 0, 0, 0, 1, 1, 2]); a fourth output has no sample.
  const weights = [7 / 12, 7 / 6, 7 / 3, 0];
  const of = (loss: object | undefined) => loss && "classWeights" in loss && loss.classWeights;
  const weighed = (own: Partial<Experiment>) =>
    withClassWeights(resolve({ ...common, ...own }), [0, 0, -1, 0, 0, 1, 1, 2], 4);
  const { losses, baselines } = weighed({
    losses: [ce, { type: "ce", classWeights: [1, 2, 3, 4] }, { type: "ce" }],
    baselines: { studentAlone: { losses: [ce] } },
  });
  assert.deepEqual(losses.slice(0, 2).map(of), [weights, [1, 2, 3, 4]]);
  assert.ok(!of(losses[2]));
  assert.equal(classWeightsProblem(losses, 4), undefined);
  const { stages } = weighed({ stages: [{ name: "one", losses: [ce], training: { epochs: 1 } }] });
  assert.deepEqual(of(stages?.[0]?.losses[0]), weights);
  const { studentAlone } = baselines;
  assert.ok(typeof studentAlone === "object");
  assert.deepEqual(of(studentAlone.losses[0]), weights);
});
