import assert from "node:assert/strict";
import { test } from "node:test";
import { targetForTests } from "../../server/engine/native/tensorflow/engineForTests.ts";
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
  timeout: 240_000,
  skip,
}, async (context) => {
  const straight = await scene(context, { with: experiment });
  assert.equal((await distill(["run", straight.file, "--engine", "onnxruntime", "--json"])).code, 0);
  const it = await scene(context, { with: experiment });

  let command = start(["run", it.file, "--engine", "onnxruntime", "--json"]);
  for (const [steps, next] of [
    [100, "tensorflow"],
    [200, "onnxruntime"],
  ] as const) {
    await until(() => lastStep(command.output()) >= steps || undefined);
    command.signal("SIGINT");
    assert.equal((await command.finished).code, 130);
    command = start(["resume", await onlyRun(it), "--engine", next, "--json"]);
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
        `Until here the run was on ${before} [\\d.]+, cpu: its numbers differ from now on in their last digits`,
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

/** The student's last step in what --json has printed so far. */
function lastStep(output: string): number {
  const lines = [...output.matchAll(/^\{.*"type":"step".*\}$/gm)].map(
    ([line]) => JSON.parse(line) as { step: number; subject?: string },
  );
  return lines.findLast(({ subject }) => subject === undefined)?.step ?? 0;
}

/** By step: one that is said again takes the place of the one before. */
function lossesOf(events: Awaited<ReturnType<typeof eventsOf>>): ReadonlyMap<number, number> {
  const losses = new Map<number, number>();
  for (const event of events)
    if (event.type === "step" && event.subject === undefined)
      losses.set(event.step, event.loss ?? Number.NaN);
  return losses;
}
