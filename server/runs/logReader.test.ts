import assert from "node:assert/strict";
import { appendFile, mkdtemp, open, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { encodeLine, longestLine } from "./eventLine.ts";
import { openEventLog } from "./eventLog.ts";
import { eventBlocks, eventsAfter, eventsIn, readEvents, wholeLines } from "./logReader.ts";

const phase = { type: "phase", phase: "train" } as const;

async function logPath(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "reader-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "events.jsonl");
}

/** Zeros that take no room on the disk: a line without an end. */
async function appendHole(path: string, size: number): Promise<void> {
  const file = await open(path, "a");
  const { size: before } = await file.stat();
  await file.truncate(before + size);
  await file.close();
}

test("a line without an end, longer than memory would hold, is passed over in pieces of a bounded size", async (context) => {
  const path = await logPath(context);
  const log = openEventLog(path);
  log.append(phase);
  log.close();
  await appendHole(path, 4 * longestLine);
  await appendFile(path, '\n{"seq":2,"time":1,"type":"phase","phase":"export"}\n');
  let largest = 0;
  let read = 0;
  const torn: (true | undefined)[] = [];
  for await (const { lines, isTorn } of wholeLines(path, 0)) {
    torn.push(isTorn);
    const bytes = lines.reduce((sum, line) => sum + line.length + 1, 0);
    largest = Math.max(largest, bytes);
    read += bytes;
  }
  const blocks = 2 << 20;
  assert.ok(largest <= longestLine + blocks, `${largest} bytes were held at once`);
  const { size } = await stat(path);
  assert.ok(size <= read && read <= size + torn.length, `${read} bytes were given of ${size}`);
  assert.deepEqual(torn, [undefined, true, true, true, undefined]);
  assert.deepEqual(
    (await readEvents(path)).events.map(({ seq }) => seq),
    [0, 2],
  );
});

test("whoever waits for the end of such a line does not read it again", async (context) => {
  const path = await logPath(context);
  await appendHole(path, 2 * longestLine);
  const first = await readEvents(path);
  assert.ok(first.offset > longestLine, `goes on at ${first.offset}`);
  await appendFile(path, '\n{"seq":0,"time":1,"type":"phase","phase":"train"}\n');
  assert.deepEqual(
    (await readEvents(path, first.offset)).events.map(({ seq }) => seq),
    [0],
  );
});

test("the writer of a log that ends in such a line goes on behind its last event", async (context) => {
  const path = await logPath(context);
  const first = openEventLog(path);
  first.append(phase);
  first.append(phase);
  first.close();
  await appendHole(path, 5 * longestLine);
  const cut = openEventLog(path);
  assert.equal(cut.append(phase).seq, 2, "torn: it is cut off");
  cut.close();
  await appendHole(path, 5 * longestLine);
  await appendFile(path, "\nnonsense\n\n");
  const again = openEventLog(path);
  assert.equal(again.append(phase).seq, 6, "whole: three lines are damaged");
  again.close();
  assert.deepEqual(
    (await readEvents(path)).events.map(({ seq }) => seq),
    [0, 1, 2, 6],
  );
});

test("a log of damaged lines alone is gone on with behind them", async (context) => {
  const path = await logPath(context);
  await appendFile(path, 'x\n{"seq":-1,"time":1,"type":"phase"}\n{"seq":"9","time":1,"type":"phase"}\nto');
  const log = openEventLog(path);
  assert.equal(log.append(phase).seq, 3);
  log.close();
});

test("a long log is given a block at a time", async (context) => {
  const path = await logPath(context);
  const log = openEventLog(path);
  const message = "m".repeat(1 << 18);
  for (let index = 0; index < 64; index++) log.append({ type: "warning", code: "n", message });
  log.close();
  const counts: number[] = [];
  for await (const { events } of eventBlocks(path)) counts.push(events.length);
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    64,
  );
  assert.ok(Math.max(...counts) <= 8, `${counts}`);
});

test("the events behind one are found wherever they begin, and are no more than 10,000", async (context) => {
  const path = await logPath(context);
  const log = openEventLog(path);
  for (let index = 0; index < 12_000; index++)
    log.append({ type: "warning", code: "n", message: "m".repeat(index % 1000) });
  log.close();
  for (const seq of [-1, 0, 1, 5999, 6000, 11_990, 11_998, 11_999, 20_000]) {
    const seqs = (await eventsAfter(path, seq)).map((event) => event.seq);
    const expected = Array.from(
      { length: Math.max(0, Math.min(10_000, 11_999 - seq)) },
      (_, at) => seq + 1 + at,
    );
    assert.deepEqual(seqs, expected, `behind ${seq}`);
  }
  assert.deepEqual(await eventsAfter(`${path}.none`, 0), []);
});

test("an event that does not count on is passed over, within lines and over the end of a block", async (context) => {
  const line = (seq: number) => `{"seq":${seq},"time":1,"type":"phase","phase":"train"}`;
  const seqsOf = (seqs: readonly number[], last?: number) =>
    eventsIn(
      seqs.map((seq) => Buffer.from(line(seq))),
      last,
    ).map(({ seq }) => seq);
  assert.deepEqual(seqsOf([0, 1, 1, 0, 3]), [0, 1, 3]);
  assert.deepEqual(seqsOf([3, 4, 5], 4), [5]);
  const path = await logPath(context);
  await appendFile(path, `${line(4)}\n${" ".repeat(1 << 20)}\n${line(4)}\n${line(5)}\n{"seq`);
  const { events, offset } = await readEvents(path);
  assert.deepEqual(
    events.map(({ seq }) => seq),
    [4, 5],
  );
  assert.equal(offset, 3 * (line(4).length + 1) + (1 << 20) + 1);
  assert.deepEqual(await readEvents(path, offset), { events: [], offset });
  assert.deepEqual(await readEvents(`${path}.none`, 7), { events: [], offset: 7 });
});

test("a line of several blocks is one event", async (context) => {
  const path = await logPath(context);
  const log = openEventLog(path);
  const messages = ["m".repeat(3 << 20), "n".repeat((1 << 20) - 40), "o"];
  for (const message of messages) log.append({ type: "warning", code: "n", message });
  log.close();
  const { events } = await readEvents(path);
  assert.deepEqual(
    events.map((event) => event.type === "warning" && event.message),
    messages,
  );
});

test("of a long log little is read to find the end, and no file is left open", async (context) => {
  const path = await logPath(context);
  const message = "m".repeat(1000);
  const lines = Array.from({ length: 20_000 }, (_, seq) =>
    encodeLine({ seq, time: 1, type: "warning", code: "n", message }),
  );
  await writeFile(path, Buffer.concat(lines));
  const handle = await open(path);
  await handle.close();
  const reads = context.mock.method(Object.getPrototypeOf(handle) as typeof handle, "read");
  assert.equal((await eventsAfter(path, 19_998)).length, 1);
  const results = await Promise.all(reads.mock.calls.map(({ result }) => result));
  const bytes = results.reduce((sum, read) => sum + (read?.bytesRead ?? 0), 0);
  assert.ok(bytes < 3 << 20, `${bytes} bytes were read`);
  for (const { this: read } of reads.mock.calls) assert.equal((read as typeof handle).fd, -1, "it is closed");
});

test("events behind one are found though the middle of the log is damage", async (context) => {
  const path = await logPath(context);
  await appendFile(path, encodeLine({ seq: 0, time: 1, ...phase }));
  await appendHole(path, 3 << 20);
  await appendFile(path, Buffer.concat([Buffer.from("\n"), encodeLine({ seq: 2, time: 1, ...phase })]));
  assert.deepEqual(
    (await eventsAfter(path, 0)).map(({ seq }) => seq),
    [2],
  );
});
