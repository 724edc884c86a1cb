import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { summarizeRun } from "../../server/runs/list.ts";
import { memoryGroup } from "../support/memoryGroup.ts";
import { targetForTests } from "../support/tensorflow.ts";
import { fated } from "./fate.ts";
import { goOn, standing } from "./lives.ts";
import { distill, endless, eventsOf, onlyRun, type Scene, scene, until } from "./support.ts";

/** Runs for which the machine's memory does not suffice: refused where that is certain, explained where it was not. */

const hasTensorflow = (await targetForTests()) !== undefined;

/** A student whose maps are as large as one likes, with few weights: [batch, 3 · size, 2 · size, 64] floats, many times. */
const large = (size: number) => ({
  layers: [
    { type: "reshape", targetShape: [3, 2, 1] },
    { type: "upSampling2d", size: [size, size] },
    { type: "conv2d", filters: 64, kernelSize: 3, padding: "same", activation: "relu" },
    { type: "maxPooling2d", poolSize: size },
    { type: "flatten" },
    { type: "dense", units: 3 },
  ],
});
const data = { train: { type: "csv", path: "train.csv", label: "label" }, batchSize: 64 };

const engines = [
  { engine: "onnxruntime", skip: false },
  { engine: "tensorflow", skip: hasTensorflow ? false : "there is no TensorFlow engine" },
] as const;

for (const { engine, skip } of engines) {
  test(`${engine}: a step that no machine has the memory for is refused, and what to do is said`, {
    timeout: 600_000,
    skip,
  }, async (context) => {
    const it = await scene(context, { with: { engine, data, student: large(2 ** 11) } });
    const { code, stderr } = await distill(["run", it.file, "--json"]);
    const { type, ...failure } = await lastEvent(it);
    assert.deepEqual([code, type], [1, "failed"], stderr);
    assert.ok("code" in failure && "message" in failure && "hint" in failure);
    assert.equal(failure.code, "out-of-memory");
    assert.match(
      failure.message,
      /^The machine's memory is too small for (a training step|an evaluation)(: \d+ samples do not fit\. Set data\.batchSize to \d+|, whatever the batch size)\.$/,
    );
    assert.match(failure.hint ?? "", /[Mm]ake the network smaller/);
  });
}

test("a run that the system has ended for want of memory says so afterwards", {
  timeout: 600_000,
}, async (context) => {
  // Less than a trainer takes from its beginning on.
  const group = memoryGroup(context, 10e6);
  if (group === undefined) return;
  const it = await scene(context, { with: { training: { steps: endless } } });
  const env = fated({ signal: "SIGSTOP", event: { type: "phase", phase: "preflight" } });
  const { stdout } = await distill(["run", it.file, "--detach"], { env });
  const run = join(it.runs, stdout.trim());
  const trainer = await standing(run);
  group.take(trainer);
  goOn(trainer);
  const summary = await until(async () => {
    const summary = await summarizeRun(run);
    return summary?.state === "running" ? undefined : summary;
  });
  assert.equal(summary.state, "interrupted");
  assert.match(summary.message ?? "", /the system has killed a process that ran out of memory/);
  const { stdout: shown } = await distill(["show", run]);
  assert.ok(shown.includes(summary.message ?? "?"), shown);
});

async function lastEvent(it: Scene) {
  return (await eventsOf(await onlyRun(it))).at(-1) ?? assert.fail("no event");
}
