import assert from "node:assert/strict";
import { test } from "node:test";
import type { Provenance } from "../data/provenance.ts";
import type { Era } from "./manifest.ts";
import { type Beginning, engineMarks, marks, provenanceOf } from "./provenance.ts";

const source = (samples: number, labels: string, values: string) => ({
  hash: `${labels}${values}`,
  samples,
  labels,
  values,
});
const a: Provenance = { data: { train: source(10, "la", "va") } };
const b: Provenance = { data: { train: source(9, "lb", "vb") } };
const engine = { engine: "onnxruntime 1.30.0", device: "cpu", versions: { distillery: "0.1.0" } };
const later = { ...engine, engine: "onnxruntime 1.31.0" };

const beginning = (history: readonly Era[], more: Partial<Beginning> = {}): Beginning => ({
  before: { history },
  learned: true,
  accepted: false,
  trainedWith: engine,
  step: async () => 40,
  ways: { anew: "run FILE", accept: "resume RUN" },
  ...more,
});

async function historyOf(given: Beginning, ...parts: Provenance[]): Promise<readonly Era[]> {
  const learn = provenanceOf(given);
  let history: readonly Era[] = [];
  for (const part of parts) {
    const found = await learn(part);
    assert.ok("history" in found, JSON.stringify(found));
    history = found.history;
  }
  return history;
}

test("a new run has one era, from the parts in which it is found; the same files add none", async () => {
  const teacher = { hash: "t", from: "file" } as const;
  const whole = { step: 0, ...engine, ...a, teacher };
  assert.deepEqual(await historyOf(beginning([], { learned: false }), a, { teacher }), [whole]);
  assert.deepEqual(await historyOf(beginning([whole]), a, { teacher }), [whole]);
});

test("what changed is refused with hashes and ways on, in the part where it changed, and each time it is asked", async () => {
  const learn = provenanceOf(beginning([{ step: 0, ...engine, ...a, teacher: { hash: "t" } }]));
  assert.ok("history" in (await learn(a)));
  for (const _ of [1, 2])
    assert.deepEqual(await learn({ teacher: { hash: "u" } }), {
      code: "changed-data",
      message: "The run did not begin with what is there now: other teacher (SHA-256 t → u).",
      hint: "Restore the file, start anew with `run FILE`, or go on all the same with `resume RUN`, which marks the run.",
    });
});

test("where nothing is left of what was learned, what is there now takes the place of what was", async () => {
  assert.deepEqual(await historyOf(beginning([{ step: 0, ...engine, ...a }], { learned: false }), b), [
    { step: 0, ...engine, ...b },
  ]);
});

test("accepted, it holds from the step that is gone on from; eras of which nothing is left are forgotten", async () => {
  const first = { step: 0, ...engine, ...a };
  const accepted = { accepted: true };
  const second = { step: 40, ...engine, ...b };
  assert.deepEqual(await historyOf(beginning([first], accepted), b), [first, second]);
  // Killed before its first checkpoint, the second one has left nothing.
  assert.deepEqual(await historyOf(beginning([first, second], accepted), a), [first, { ...second, ...a }]);
  const fellBack = { step: async () => 30 };
  assert.deepEqual(await historyOf(beginning([first, second], fellBack), b), [
    first,
    { ...second, step: 30 },
  ]);
});

test("another version of the engine is told, not refused, and is no change of data", async () => {
  const history = await historyOf(beginning([{ step: 0, ...engine, ...a }], { trainedWith: later }), a);
  assert.deepEqual(
    history.map(({ step, engine: its }) => [step, its]),
    [
      [0, "onnxruntime 1.30.0"],
      [40, "onnxruntime 1.31.0"],
    ],
  );
  assert.deepEqual(marks({ history }), []);
  assert.deepEqual(engineMarks({ history }), [
    "from step 40: onnxruntime 1.31.0, cpu in place of onnxruntime 1.30.0, cpu",
  ]);
});

test("a run of a sweep that begins with other data than its siblings is refused in the sweep's name", async () => {
  const given = beginning([], { learned: false, siblings: a.data });
  const refused = await provenanceOf(given)(b);
  assert.match(
    "message" in refused ? refused.message : "",
    /^The sweep did not begin with .*: other training data: 9 of 10 samples/,
  );
  assert.deepEqual(await historyOf({ ...given, accepted: true }, b), [{ step: 0, ...engine, ...b }]);
});
