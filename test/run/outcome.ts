import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { RunEvent, RunResult } from "../../schemas/run-event.gen.ts";
import { eventsOf } from "./support.ts";

interface Outcome {
  /** By subject and step. */
  readonly losses: Record<string, unknown>;
  /** By subject, split and step. */
  readonly evaluations: Record<string, unknown>;
  /** But for what two runs never share: names and times. */
  readonly result: Partial<RunResult>;
  /** Weights, by folder and name. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/** Asserts that a run ended as another one did, bit for bit, and numbered its events without gaps. */
export async function assertSameOutcome(run: string, expected: Outcome): Promise<void> {
  const found = await outcome(run);
  assert.deepEqual(found.losses, expected.losses, "losses, term by term, of every step");
  assert.deepEqual(found.evaluations, expected.evaluations);
  assert.deepEqual(found.result, expected.result);
  assert.deepEqual([...found.files.keys()], [...expected.files.keys()]);
  for (const [name, bytes] of expected.files)
    assert.ok(bytes.equals(found.files.get(name) ?? Buffer.alloc(0)), `${name} is the same, bit for bit`);
  assert.ok(
    (await eventsOf(run)).every(({ seq }, index) => seq === index),
    "seq counts without gaps",
  );
}

/** What two runs of the same experiment have in common, whatever interrupted them. */
export async function outcome(run: string): Promise<Outcome> {
  const events = await eventsOf(run);
  const last = events.at(-1);
  assert.equal(last?.type, "completed", JSON.stringify(last));
  const files = new Map<string, Buffer>();
  const folders = ["best", "final", "studentAlone/best", "studentAlone/final"];
  for (const folder of folders.filter((folder) => existsSync(join(run, folder))))
    for (const name of (await readdir(join(run, folder))).sort())
      files.set(`${folder}/${name}`, await readFile(join(run, folder, name)));
  return {
    losses: lastOfEach(events, "step", ({ subject, step, loss, terms, gradNorm, learningRate }) => [
      `${subject ?? "student"} ${step}`,
      { loss, terms, gradNorm, learningRate },
    ]),
    evaluations: lastOfEach(events, "evaluation", ({ subject, split, step, metrics }) => [
      `${subject ?? "student"} ${split} ${step}`,
      metrics,
    ]),
    result: timeless((last as RunEvent & { type: "completed" }).summary),
    files,
  };
}

/** A step that is said again after a resume takes the place of the one before; the two must not differ either. */
function lastOfEach<T extends RunEvent["type"], V>(
  events: readonly RunEvent[],
  type: T,
  entry: (event: RunEvent & { type: T }) => readonly [string, V],
): Record<string, V> {
  const found: Record<string, V> = {};
  for (const event of events) {
    if (event.type !== type) continue;
    const [key, value] = entry(event as RunEvent & { type: T });
    // The teacher is trained anew where it was killed before it was done, and reports from other steps on.
    if (key.startsWith("teacher ") && type === "step") continue;
    if (key in found)
      assert.deepEqual(value, found[key], `${type} ${key} came out differently when it was done again`);
    found[key] = value;
  }
  return found;
}

function timeless({
  runId: _,
  seconds: __,
  latencyMs: ___,
  costs: _____,
  waitingForData: ____,
  ...result
}: RunResult): Partial<RunResult> {
  return result;
}
