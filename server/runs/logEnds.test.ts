import assert from "node:assert/strict";
import { appendFile, mkdtemp, open, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { addFacts, factsFromEnds } from "./logEnds.ts";
import { noFacts } from "./logFacts.ts";
import { runDirectory } from "./runDirectory.ts";
import { runResult } from "./runResult.ts";

async function runPath(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "ends-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const line = (seq: number, event: object) => `${JSON.stringify({ seq, time: seq, ...event })}\n`;
const started = { type: "started", runId: "r", mode: "start", step: 0, totalSteps: 9 };
const step = (at: number) => ({
  type: "step",
  step: at,
  epoch: at / 10,
  loss: 1,
  terms: {},
  learningRate: 1,
  gradNorm: 1,
  stepMs: 1,
  dataMs: 1,
  samplesPerSecond: 1,
});
const evaluation = (accuracy: number) => ({
  type: "evaluation",
  split: "validation",
  step: 1,
  epoch: 1,
  metrics: { accuracy },
});

/** What lies in a log without an event: lines that nobody needs to read. */
async function appendHole(path: string, size: number): Promise<void> {
  const before = (await stat(path)).size;
  const file = await open(path, "r+");
  await file.truncate(before + size - 1);
  await file.close();
  await appendFile(path, "\n");
}

async function ends(path: string) {
  const { size } = await stat(path);
  const { facts, end, bytes } = await factsFromEnds(path, size);
  const { startedAt, step: at, metrics } = facts;
  return { startedAt, step: at, accuracy: metrics["validation.accuracy"], end: size - end, bytes };
}

const [head, ...tails] = [16 << 10, 32 << 10, 256 << 10, 1 << 20] as const;

test("a short log is read once, as a whole; a torn last line is not of it", async (context) => {
  const path = join(await runPath(context), "events.jsonl");
  await appendFile(path, line(0, started) + line(1, step(4)) + line(2, evaluation(0.5)));
  const { size } = await stat(path);
  assert.deepEqual(await ends(path), { startedAt: 0, step: 4, accuracy: 0.5, end: 0, bytes: size });
  await appendFile(path, '{"seq":3');
  const torn = await ends(path);
  assert.deepEqual([torn.end, torn.step], [8, 4]);
  const none = await factsFromEnds(`${path}.none`, 0);
  assert.deepEqual(none, { facts: noFacts(), end: 0, bytes: 0 });
  assert.deepEqual(await factsFromEnds(`${path}.none`, 10), none, "gone since its size was asked");
});

test("a long log is read at its beginning and back to its last evaluation, no further than a megabyte", async (context) => {
  for (const [behind, bytes, accuracy] of [
    [1 << 10, head + tails[0], 0.5],
    [100 << 10, head + tails[0] + tails[1], 0.5],
    [500 << 10, head + tails[0] + tails[1] + tails[2], 0.5],
    [2 << 20, head + tails[0] + tails[1] + tails[2], undefined],
  ] as const) {
    const path = join(await runPath(context), "events.jsonl");
    await appendFile(path, line(0, started));
    await appendHole(path, 2 << 20);
    await appendFile(path, line(5, evaluation(0.5)));
    await appendHole(path, behind);
    await appendFile(path, line(9, step(7)));
    assert.deepEqual(await ends(path), { startedAt: 0, step: 7, accuracy, end: 0, bytes });
  }
});

test("what the student has reached is found where a baseline has been trained for long since", async (context) => {
  const subject = "studentAlone";
  for (const [student, alone] of [
    [9000, 9000],
    [200, 30_000],
    [30_000, 2000],
    [0, 9000],
  ] as const) {
    const path = join(await runPath(context), "events.jsonl");
    let seq = 0;
    const steps = (count: number, own: object) =>
      Array.from({ length: count }, (_, at) => line(seq++, { ...step(at + 1), ...own })).join("");
    const learned = steps(student, {}) + (student > 0 ? line(seq++, evaluation(0.5)) : "");
    const phase = line(seq++, { type: "phase", phase: "train", subject });
    const since = steps(alone, { subject }) + line(seq++, { ...evaluation(0.25), subject });
    await appendFile(path, line(0, started) + learned + phase + since);
    const { facts, bytes } = await factsFromEnds(path, (await stat(path)).size);
    const reached = facts.metrics["validation.accuracy"];
    assert.deepEqual([reached, facts.step], student > 0 ? [0.5, student] : [undefined, 0]);
    assert.equal(facts.metrics["studentAlone.validation.accuracy"], 0.25);
    assert.ok(bytes < 1 << 20, `${bytes} of ${(await stat(path)).size} bytes`);
  }
});

test("a log without an evaluation that is shorter than a megabyte is read back to its beginning once", async (context) => {
  const path = join(await runPath(context), "events.jsonl");
  await appendFile(path, line(0, started));
  await appendHole(path, 20 << 10);
  await appendFile(path, line(9, step(7)));
  const { size } = await stat(path);
  assert.deepEqual(await ends(path), {
    startedAt: 0,
    step: 7,
    accuracy: undefined,
    end: 0,
    bytes: head + size,
  });
});

test("what both ends of a log hold counts once", async (context) => {
  const path = join(await runPath(context), "events.jsonl");
  // In the place of the evaluation the first event says another number: it must not be folded in again.
  await appendFile(
    path,
    line(0, started) + line(1, step(1)) + line(2, { type: "stopped", reason: "x", step: 5 }),
  );
  await appendFile(path, line(3, { type: "warning", code: "long", message: "m".repeat(head) }));
  const { size } = await stat(path);
  const { facts } = await factsFromEnds(path, size);
  assert.deepEqual([facts.step, facts.end?.state, facts.lastTime, facts.work.lastSeq], [5, "stopped", 3, 3]);
});

test("what was appended is folded into the facts, from where they end", async (context) => {
  const path = join(await runPath(context), "events.jsonl");
  await appendFile(path, line(0, started) + line(1, step(4)));
  const before = await factsFromEnds(path, (await stat(path)).size);
  const more = line(2, step(5)) + line(3, step(6));
  await appendFile(path, `${more}{"torn`);
  const { size } = await stat(path);
  const after = await addFacts(path, before, size);
  assert.deepEqual([after.facts.step, after.end, after.bytes], [6, size - 6, more.length + 6]);
  assert.equal(after.facts, before.facts);
});

test("what a run reports of itself is at the end of its log, and nothing before it is complete", async (context) => {
  const run = runDirectory(await runPath(context));
  assert.equal(await runResult(run), undefined);
  await appendFile(run.events, line(0, started));
  assert.equal(await runResult(run), undefined);
  const summary = { runId: "r", steps: 9, epochs: 1, seconds: 1, engine: "", device: "", parameters: 7 };
  await appendHole(run.events, 3 << 20);
  await appendFile(run.events, line(9, { type: "completed", summary }));
  assert.deepEqual(await runResult(run), summary);
  const { facts, bytes } = await factsFromEnds(run.events, (await stat(run.events)).size);
  assert.deepEqual([facts.result, bytes], [summary, head + tails[0]]);
});

test("where both ends of a log meet, the pace is still that from its first step on", async (context) => {
  const path = join(await runPath(context), "events.jsonl");
  const plan = [{ phase: "train", total: 999, cost: 1 }];
  const steps = Array.from({ length: 250 }, (_, at) => line(at + 1, step(at + 1)));
  // With an evaluation at its end no more of the log is read than its ends.
  await appendFile(path, line(0, { ...started, plan }) + steps.join("") + line(251, evaluation(0.5)));
  const { size } = await stat(path);
  assert.ok(size > tails[0] && size < head + tails[0], `${size}`);
  const { facts } = await factsFromEnds(path, size);
  assert.deepEqual(facts.work.parts[0]?.reports, [
    [1, 1],
    [250, 250],
  ]);
});

test("a log whose first event lies behind its beginning is told from there, and is closed", async (context) => {
  const path = join(await runPath(context), "events.jsonl");
  await appendFile(path, "");
  await appendHole(path, 20 << 10);
  await appendFile(path, line(0, started) + line(1, step(7)));
  const handle = await open(path);
  await handle.close();
  const reads = context.mock.method(Object.getPrototypeOf(handle) as typeof handle, "read");
  const { facts } = await factsFromEnds(path, (await stat(path)).size);
  assert.deepEqual([facts.startedAt, facts.step, facts.work.lastSeq], [0, 7, 1]);
  assert.equal(reads.mock.callCount(), 2);
  for (const { this: read } of reads.mock.calls) assert.equal((read as typeof handle).fd, -1);
});
