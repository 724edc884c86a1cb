import assert from "node:assert/strict";
import { test } from "node:test";
import { targetForTests } from "../support/tensorflow.ts";
import { fated, studentStep } from "./fate.ts";
import { askedToStop, goOn, standing } from "./lives.ts";
import { distill, eventsOf, onlyRun, scene, start, until } from "./support.ts";

const skip = (await targetForTests()) ? false : "there is no TensorFlow engine";

/** All that a checkpoint has to carry: averages, what is random in a step, the patience that is left, a schedule. */
const experiment = {
  data: {
    train: { type: "csv", path: "train.csv", label: "label" },
    validation: { split: 0.2 },
    test: { type: "csv", path: "test.csv", label: "label" },
    augment: [
      { type: "noise", std: 0.05 },
      { type: "mixup", alpha: 0.2 },
    ],
    batchSize: 32,
  },
  student: {
    layers: [
      { type: "dense", units: 48, activation: "relu" },
      { type: "batchNormalization" },
      { type: "dropout", rate: 0.2 },
      { type: "dense", units: 3 },
    ],
  },
  training: {
    steps: 400,
    evaluateEvery: 5,
    checkpointEvery: 10,
    clipNorm: 1,
    ema: 0.99,
    earlyStopping: { metric: "accuracy", patience: 1000 },
  },
};

test("a run goes from onnxruntime to TensorFlow and back, says so each time, and learns what it would have", {
  timeout: 600_000,
  skip,
}, async (context) => {
  const straight = await scene(context, { with: experiment });
  assert.equal((await distill(["run", straight.file, "--engine", "onnxruntime", "--json"])).code, 0);
  const it = await scene(context, { with: experiment });

  const env = fated({ signal: "SIGSTOP", event: studentStep, nth: 100 });
  let command = start(["run", it.file, "--engine", "onnxruntime", "--json"], { env });
  for (const next of ["tensorflow", "onnxruntime"]) {
    const trainer = await standing(await until(() => onlyRun(it).catch(() => undefined)));
    command.signal("SIGINT");
    await askedToStop(trainer);
    goOn(trainer);
    assert.equal((await command.finished).code, 130);
    const words = ["resume", await onlyRun(it), "--engine", next, "--json"];
    command = start(words, next === "tensorflow" ? { env } : {});
  }
  assert.equal((await command.finished).code, 0, command.complaints());

  const events = await eventsOf(await onlyRun(it));
  const begun = events.filter((event) => event.type === "started");
  assert.deepEqual(
    begun.map(({ engine }) => engine?.split(" ")[0]),
    ["onnxruntime", "tensorflow", "onnxruntime"],
  );
  for (const [i, before] of [
    [1, "onnxruntime"],
    [2, "tensorflow"],
  ] as const)
    assert.match(
      begun[i]?.engineReason ?? "",
      new RegExp(
        `The run was on ${before} [\\d.]+, cpu until now: from here on its numbers differ in the last digits`,
      ),
    );
  const [found, expected] = [lossesOf(events), lossesOf(await eventsOf(await onlyRun(straight)))];
  assert.deepEqual([...found.keys()].sort(), [...expected.keys()].sort());
  // Rounding that differs grows with the steps; a random number, an average or a rate that did not go along shows at once.
  for (const [step, loss] of expected) {
    const other = found.get(step) as number;
    assert.ok(
      Math.abs(other - loss) <= 2e-3 * loss,
      `loss of step ${step}: ${other}, without the changes ${loss}`,
    );
  }
});

/** By step: one that is said again takes the place of the one before. */
function lossesOf(events: Awaited<ReturnType<typeof eventsOf>>): ReadonlyMap<number, number> {
  const losses = new Map<number, number>();
  for (const event of events)
    if (event.type === "step" && event.subject === undefined)
      losses.set(event.step, event.loss ?? Number.NaN);
  return losses;
}
