import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryDirectory } from "../../../test/support/dataFiles.ts";
import { applyAugmentations } from "../../data/augment.ts";
import type { ResolvedNormalize } from "../../data/normalize.ts";
import { hashed } from "../../data/samples.ts";
import type { View } from "../../data/views.ts";
import { teacherOutputs } from "./targets.ts";
import type { Teacher } from "./teacher.ts";

const samples = hashed({
  count: 2,
  shape: [2],
  classes: 2,
  labels: Int32Array.of(0, 1),
  storage: Float32Array.of(1, 2, 3, 4),
});

const times = (scale: number): ResolvedNormalize => ({ scale, mean: [0], std: [1] });

/** Gives what it is fed. Its hash, as that of an ONNX file, does not know how it is fed. */
const echo = (normalize?: ResolvedNormalize): Teacher => ({
  classes: 2,
  hash: "the same file",
  ...(normalize === undefined ? {} : { normalize }),
  warnings: [],
  features: {},
  logits: async (fed) => fed.slice(),
  forward: async (fed) => ({ logits: fed.slice(), features: {} }),
  assertUntouched: async () => {},
  dispose: async () => {},
});

test("what a teacher says of each view is kept by all that makes it, and is of what the student sees", async (context) => {
  const cacheDirectory = await temporaryDirectory(context);
  let asked = 0;
  const said = async (view: View, own?: ResolvedNormalize) => {
    const outputs = await teacherOutputs(echo(own), samples, {
      cacheDirectory,
      normalize: times(2),
      view,
      batch: 2,
      report: () => assert.fail("nothing is damaged"),
      stopRequested: () => false,
      onProgress: () => {
        asked += 1;
      },
    });
    assert.ok(outputs !== undefined && !("problem" in outputs));
    const logits = new Float32Array(4);
    outputs.gather([0, 1], logits);
    return Array.from(logits);
  };
  const augment = [{ type: "noise", std: 1 }] as const;
  const view = { augment, seed: 4, number: 0 };
  const values = Float32Array.of(2, 4, 6, 8);
  const batch = { values, shape: [2], rows: [0, 1], labels: [0, 1], classes: 2, blank: [0, 0] };
  applyAugmentations(batch, augment, { seed: 4, step: 0 });
  assert.deepEqual(await said(view), Array.from(values));
  const others = [
    await said({ ...view, number: 1 }),
    await said({ ...view, seed: 5 }),
    await said({ ...view, augment: [{ type: "noise", std: 2 }] }),
  ];
  for (const other of others) assert.notDeepEqual(other, Array.from(values));
  assert.deepEqual(
    await said(view, times(6)),
    Array.from(values, (value) => Math.fround(3 * value)),
  );
  assert.equal(asked, 5);
  assert.deepEqual(await said(view), Array.from(values));
  assert.deepEqual(await said({ ...view, number: 1 }), others[0]);
  assert.equal(asked, 5, "a second run asks for nothing");
});

test("what a teacher says is kept by what it sees: its own preprocessing, the student's where it has none", async (context) => {
  const cacheDirectory = await temporaryDirectory(context);
  let asked = 0;
  const firstLogit = async (own: number | undefined, student: number) => {
    const outputs = await teacherOutputs(echo(own === undefined ? undefined : times(own)), samples, {
      cacheDirectory,
      normalize: times(student),
      batch: 2,
      report: () => assert.fail("nothing is damaged"),
      stopRequested: () => false,
      onProgress: () => {
        asked += 1;
      },
    });
    assert.ok(outputs !== undefined && !("problem" in outputs));
    const logits = new Float32Array(2);
    outputs.gather([0], logits);
    return logits[0];
  };
  assert.equal(await firstLogit(2, 1), 2);
  assert.equal(await firstLogit(3, 1), 3, "another preprocessing of the teacher is not the one before");
  assert.equal(await firstLogit(undefined, 5), 5);
  assert.equal(await firstLogit(undefined, 7), 7, "nor is another one of the student, which it shares");
  assert.equal(asked, 4);
  assert.equal(await firstLogit(2, 9), 2);
  assert.equal(asked, 4, "one that has its own does not care for the student's");
});
