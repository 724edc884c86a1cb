import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { NewEvent } from "../../schemas/newEvent.ts";
import { openEventLog } from "../runs/eventLog.ts";
import { listRuns } from "../runs/list.ts";
import { createRun, type RunDirectory } from "../runs/runDirectory.ts";
import { readSeries } from "../runs/series.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { list } from "./list.ts";
import { show } from "./show.ts";

/** A run of eight events, on lines 1 to 8. */
async function stoppedRun(context: TestContext): Promise<RunDirectory & { readonly runs: string }> {
  const runs = await mkdtemp(join(tmpdir(), "logs-"));
  context.after(() => rm(runs, { recursive: true, force: true }));
  const experimentFile = join(runs, "a.distill.json");
  const run = await createRun({ runsDirectory: runs, experimentFile, name: "a", experiment: {} });
  const log = openEventLog(run.events);
  log.append({ type: "started", runId: run.id, mode: "start", step: 0, totalSteps: 6 });
  for (let at = 1; at <= 6; at++) log.append(step(at));
  log.append({ type: "stopped", reason: "SIGTERM", step: 6 });
  log.close();
  return { ...run, runs };
}

const step = (at: number): NewEvent => ({
  type: "step",
  step: at,
  epoch: at,
  loss: 0.25,
  terms: {},
  learningRate: 0.1,
  gradNorm: 1,
  stepMs: 1,
  dataMs: 0,
  samplesPerSecond: 1,
});

async function change({ events }: RunDirectory, how: (lines: string[]) => readonly string[]): Promise<void> {
  const lines = (await readFile(events, "utf8")).trimEnd().split("\n");
  await writeFile(events, `${how(lines).join("\n")}\n`);
}

const replaced = (line: number, how: (text: string) => string) => (lines: string[]) =>
  lines.with(line - 1, how(lines[line - 1] ?? ""));
const withoutChecksums = (lines: string[]) => lines.map((line) => line.replace(/,"crc":"\w+"\}$/, "}"));

async function printed(command: (terminal: Terminal) => Promise<unknown>): Promise<string> {
  let text = "";
  const stream = {
    write: (more: string) => {
      text += more;
    },
  };
  await command({ out: stream, err: stream } as unknown as Terminal);
  return text;
}

async function check(
  context: TestContext,
  how: (lines: string[]) => readonly string[],
  expected: string | undefined,
): Promise<RunDirectory> {
  const run = await stoppedRun(context);
  await change(run, how);
  const [summary] = await listRuns(run.runs);
  assert.deepEqual(
    summary?.warnings,
    expected === undefined ? undefined : [{ code: "log-damaged", message: expected }],
  );
  assert.equal(summary?.state, "stopped");
  const shown = await printed((terminal) => show(run.path, {}, terminal));
  const listed = await printed((terminal) => list({ runsDirectory: run.runs }, terminal));
  if (expected === undefined) assert.doesNotMatch(shown + listed, /events\.jsonl|damage|missing/);
  else {
    assert.match(shown, new RegExp(`^warning +${expected}$`, "m"));
    assert.ok(listed.includes(`  · ${expected}\n`), listed);
  }
  return run;
}

test("a number that changed is told with its line, and is in no curve", async (context) => {
  const run = await check(
    context,
    replaced(4, (line) => line.replace("0.25", "0.35")),
    "events.jsonl: line 4 is damaged; 1 event is missing.",
  );
  const { series } = await readSeries(run.path, { series: ["loss"], buckets: 9 });
  assert.deepEqual(series["loss"]?.step, [1, 2, 4, 5, 6]);
});

test("a checksum that changed is damage, too", async (context) => {
  await check(
    context,
    replaced(4, (line) => line.replace(/"\w+"\}$/, '"0000000g"}')),
    "events.jsonl: line 4 is damaged; 1 event is missing.",
  );
});

test("lines that are gone are missed by the numbers of those that are there", async (context) => {
  await check(context, (lines) => lines.toSpliced(2, 3), "events.jsonl: 3 events are missing before line 3.");
});

test("lines of a trainer that had lost the run are told of and passed over", async (context) => {
  const run = await check(
    context,
    (lines) => lines.toSpliced(5, 0, lines[2] ?? "", lines[3] ?? ""),
    "events.jsonl: 2 lines, the first of them line 6, have duplicate numbers and are ignored: a trainer that had lost the run wrote them.",
  );
  const { series } = await readSeries(run.path, { series: ["loss"], buckets: 9 });
  assert.deepEqual(series["loss"]?.step, [1, 2, 3, 4, 5, 6]);
});

test("several damaged lines are counted, with the first of them", async (context) => {
  await check(
    context,
    (lines) => lines.with(2, "{").with(5, "null").with(6, '{"seq":1e99,"type":"step"}'),
    "events.jsonl: 3 lines are damaged, the first of them line 3; 3 events are missing.",
  );
});

test("a damaged line that holds two events is told by what is missing", async (context) => {
  await check(
    context,
    (lines) => lines.toSpliced(3, 2, `${lines[3]}${lines[4]}`),
    "events.jsonl: line 4 is damaged; 2 events are missing.",
  );
});

test("a line between the others that is no event misses none", async (context) => {
  await check(
    context,
    (lines) => lines.toSpliced(3, 0, "<<<<<<< HEAD"),
    "events.jsonl: line 4 is damaged; no event is missing.",
  );
});

test("damage behind the last event counts a line for an event", async (context) => {
  await check(
    context,
    (lines) => [...lines, "x", "y"],
    "events.jsonl: 2 lines are damaged, the first of them line 9; 2 events are missing.",
  );
});

test("a log of an earlier version, without checksums, is whole", async (context) => {
  await check(context, withoutChecksums, undefined);
});

test("of a log without checksums a line that is no event is damage", async (context) => {
  await check(
    context,
    (lines) => replaced(4, (line) => line.slice(0, -9))(withoutChecksums(lines)),
    "events.jsonl: line 4 is damaged; 1 event is missing.",
  );
});

test("line ends of Windows and an empty last line are no damage", async (context) => {
  await check(context, (lines) => [...lines.map((line) => `${line}\r`), ""], undefined);
});

test("a damaged line stays told once the run is resumed", async (context) => {
  const run = await stoppedRun(context);
  const cache = new Map();
  await change(run, (lines) => [...lines, "x"]);
  const words = async () => (await listRuns(run.runs, cache))[0]?.warnings?.map(({ message }) => message);
  const expected = ["events.jsonl: line 9 is damaged; 1 event is missing."];
  assert.deepEqual(await words(), expected);
  const log = openEventLog(run.events);
  log.append({ type: "started", runId: run.id, mode: "resume", step: 6, totalSteps: 6 });
  log.append({ type: "stopped", reason: "SIGTERM", step: 6 });
  log.close();
  assert.deepEqual(await words(), expected);
  assert.deepEqual((await listRuns(run.runs))[0]?.warnings?.[0]?.message, expected[0]);
});
