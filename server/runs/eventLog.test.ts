import assert from "node:assert/strict";
import fs, { existsSync } from "node:fs";
import {
  appendFile,
  mkdir,
  mkdtemp,
  open,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { NewEvent } from "../../schemas/newEvent.ts";
import { encodeLine, longestLine } from "./eventLine.ts";
import { openEventLog } from "./eventLog.ts";
import { acquireLock } from "./lock.ts";
import { readEvents } from "./logReader.ts";

async function logPath(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "events-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "events.jsonl");
}

const phase = { type: "phase", phase: "train" } as const;

test("events are numbered from 0 and carry the time and a checksum", async (context) => {
  const path = await logPath(context);
  const log = openEventLog(path, () => 12);
  assert.deepEqual(log.append(phase), { seq: 0, time: 12, type: "phase", phase: "train" });
  log.append({ type: "stopped", reason: "SIGTERM", step: 3 });
  assert.equal(
    await readFile(path, "utf8"),
    [
      '{"seq":0,"time":12,"type":"phase","phase":"train","crc":"d1cd7dca"}\n',
      '{"seq":1,"time":12,"type":"stopped","reason":"SIGTERM","step":3,"crc":"df147a47"}\n',
    ].join(""),
  );
  log.close();
});

test("a log that is opened again goes on counting", async (context) => {
  const path = await logPath(context);
  for (let opened = 0; opened < 3; opened++) {
    const log = openEventLog(path);
    log.append(phase);
    log.append(phase);
    log.close();
  }
  const { events, offset } = await readEvents(path);
  assert.deepEqual(
    events.map(({ seq }) => seq),
    [0, 1, 2, 3, 4, 5],
  );
  assert.equal(offset, (await stat(path)).size);
});

test("a log whose last line is of a trainer that had lost the run goes on behind the newest event", async (context) => {
  const path = await logPath(context);
  const log = openEventLog(path, () => 12);
  for (let i = 0; i < 5; i++) log.append(phase);
  log.close();
  await appendFile(path, encodeLine({ seq: 2, time: 12, type: "phase", phase: "cache" }));
  const again = openEventLog(path);
  assert.equal(again.append(phase).seq, 5);
  again.close();
  const { events } = await readEvents(path);
  assert.deepEqual(
    events.map(({ seq }) => seq),
    [0, 1, 2, 3, 4, 5],
  );
});

test("whatever the byte at which a line was torn, the writer goes on behind the last whole line", async (context) => {
  const path = await logPath(context);
  const first = openEventLog(path, () => 1);
  first.append(phase);
  const whole = (await stat(path)).size;
  first.append({ type: "warning", code: "x", message: "ünïcode ☃" });
  first.close();
  const bytes = await readFile(path);
  for (let size = whole; size < bytes.length; size++) {
    await rm(path);
    await appendFile(path, bytes.subarray(0, size));
    assert.equal((await readEvents(path)).events.length, 1, "a reader passes the torn line over");
    const log = openEventLog(path);
    assert.equal(log.append(phase).seq, 1);
    log.close();
    const { events } = await readEvents(path);
    assert.deepEqual(
      events.map(({ seq }) => seq),
      [0, 1],
    );
  }
});

test("a last line longer than the first look back is found", async (context) => {
  const path = await logPath(context);
  const log = openEventLog(path);
  log.append(phase);
  log.append({ type: "warning", code: "long", message: "m".repeat(300_000) });
  log.close();
  const again = openEventLog(path);
  assert.equal(again.nextSeq, 2);
  again.close();
});

test("a log that holds nothing but a torn line begins at 0", async (context) => {
  const path = await logPath(context);
  await appendFile(path, '{"seq":0,"ti');
  const log = openEventLog(path);
  assert.equal(log.append(phase).seq, 0);
  log.close();
  assert.equal((await readEvents(path)).events.length, 1);
});

test("a reader goes on from its offset and waits for the rest of a torn line", async (context) => {
  const path = await logPath(context);
  assert.deepEqual(await readEvents(path), { events: [], offset: 0 }, "a missing log is empty");
  await appendFile(path, '{"seq":0,"time":1,"type":"phase","phase":"train"}\n{"seq":1,"ti');
  const first = await readEvents(path);
  assert.deepEqual(
    first.events.map(({ seq }) => seq),
    [0],
  );
  await appendFile(path, 'me":1,"type":"phase","phase":"train"}\n');
  const second = await readEvents(path, first.offset);
  assert.deepEqual(
    second.events.map(({ seq }) => seq),
    [1],
  );
  assert.deepEqual(await readEvents(path, second.offset), { events: [], offset: second.offset });
});

test("blocks of a large log join without loss", async (context) => {
  const path = await logPath(context);
  const log = openEventLog(path);
  for (let index = 0; index < 30_000; index++)
    log.append({ type: "warning", code: "n", message: `☃${index}`.repeat(8) });
  log.close();
  const { events } = await readEvents(path);
  assert.equal(events.length, 30_000);
  assert.ok(events.every(({ seq }, index) => seq === index));
});

test("numbers that are not finite are written as null", async (context) => {
  const path = await logPath(context);
  const log = openEventLog(path);
  log.append({
    type: "evaluation",
    split: "test",
    step: 1,
    epoch: 1,
    metrics: { nll: Number.POSITIVE_INFINITY },
  });
  log.close();
  const { events } = await readEvents(path);
  assert.deepEqual(events[0], {
    seq: 0,
    time: events[0]?.time,
    type: "evaluation",
    split: "test",
    step: 1,
    epoch: 1,
    metrics: { nll: null },
  });
});

test("a log whose file was deleted says so instead of writing into nothing", async (context) => {
  const path = await logPath(context);
  const log = openEventLog(path);
  log.append(phase);
  await rm(path);
  assert.throws(() => log.append(phase), {
    name: "RunError",
    code: "missing",
    message: new RegExp(`${path}.*does not exist`),
  });
  log.close();
});

test("an event behind a cut that happens while the log is open keeps whole lines", async (context) => {
  const path = await logPath(context);
  const log = openEventLog(path);
  log.append(phase);
  await truncate(path, (await stat(path)).size - 3);
  log.append(phase);
  log.close();
  // O_APPEND: no hole of zero bytes between the two.
  assert.ok(!(await readFile(path)).includes(0));
});

for (const order of ["ab", "ba", "abb", "aabb", "abab", "bbab"])
  test(`two writers that do not know of each other, in the order ${order}: no event of the one who goes on is lost`, async (context) => {
    const path = await logPath(context);
    const logs = { a: openEventLog(path), b: openEventLog(path) };
    for (const [index, writer] of [...order, "b"].entries())
      logs[writer as "a" | "b"].append({
        type: "phase",
        phase: "train",
        subject: writer === "a" ? "teacher" : "student",
        step: index,
      } as NewEvent);
    const { events } = await readEvents(path);
    const told = events.flatMap((event) => (event.type === "warning" ? event.code : []));
    assert.ok(told.includes("another-writer"));
    const steps = events.flatMap((event) =>
      "step" in event && "subject" in event && event.subject === "student" ? event.step : [],
    );
    assert.deepEqual(
      steps,
      [...order, "b"].flatMap((writer, index) => (writer === "b" ? index : [])),
    );
    assert.ok(
      events.every(({ seq }, index) => seq === index),
      "without gaps or doubles",
    );
    for (const log of Object.values(logs)) log.close();
  });

test("the confusion matrix of more classes than a line can hold is left out of its evaluation", async (context) => {
  const path = await logPath(context);
  const log = openEventLog(path);
  const confusion = Array.from({ length: 3000 }, () => new Array<number>(3000).fill(0));
  const evaluation = { type: "evaluation", split: "test", step: 1, epoch: 1, metrics: { nll: 2 } } as const;
  const written = log.append({ ...evaluation, confusion });
  log.append(phase);
  log.close();
  assert.ok(!("confusion" in written));
  const { events } = await readEvents(path);
  assert.deepEqual(events[0], written);
  assert.equal(events[1]?.seq, 1);
});

const { writeSync, ftruncateSync, readSync, closeSync } = fs;

/** Puts others in the place of calls to the file system. */
function replace(context: TestContext, calls: Partial<typeof fs>): void {
  context.after(restore);
  Object.assign(fs, calls);
  syncBuiltinESMExports();
}

function restore(): void {
  Object.assign(fs, { writeSync, ftruncateSync, readSync, closeSync });
  syncBuiltinESMExports();
}

test("while a log is open 16 kB are held in reserve, which a link that was there does not lead elsewhere", async (context) => {
  const path = await logPath(context);
  const reserve = `${path}.reserve`;
  await writeFile(`${path}.other`, "other");
  if (process.platform !== "win32") await symlink(`${path}.other`, reserve);
  const log = openEventLog(path);
  assert.equal(await readFile(reserve, "utf8"), " ".repeat(16_384));
  assert.equal(await readFile(`${path}.other`, "utf8"), "other");
  log.close();
  assert.equal(existsSync(reserve), false);
});

test("a log in a folder that is gone is named", async (context) => {
  const path = join(await logPath(context), "events.jsonl");
  assert.throws(() => openEventLog(path), {
    name: "RunError",
    code: "missing",
    message: `Could not write ${path}: it does not exist.`,
  });
});

test("a log beside which nothing can be held in reserve is named", async (context) => {
  const path = await logPath(context);
  await mkdir(`${path}.reserve`);
  assert.throws(() => openEventLog(path), {
    name: "RunError",
    message: new RegExp(`^Could not write ${path}: `),
  });
});

test("a log that is closed leaves no file open", async (context) => {
  const path = await logPath(context);
  const closed: number[] = [];
  replace(context, { closeSync: (file) => void closed.push(file) });
  const log = openEventLog(path);
  const before = closed.length;
  log.close();
  restore();
  assert.equal(closed.length - before, 1);
  for (const file of closed) closeSync(file);
});

test("a line that the disk takes in two parts is one event", async (context) => {
  const path = await logPath(context);
  const log = openEventLog(path, () => 1);
  let calls = 0;
  replace(context, {
    writeSync: ((file: number, line: Buffer, offset = 0) => {
      calls += 1;
      return writeSync(file, line, offset, calls === 1 ? 5 : undefined);
    }) as typeof fs.writeSync,
  });
  log.append(phase);
  log.append(phase);
  restore();
  log.close();
  assert.equal(calls, 3);
  assert.deepEqual(
    await readFile(path),
    Buffer.concat([0, 1].map((seq) => encodeLine({ seq, time: 1, ...phase }))),
  );
});

for (const isCut of [true, false])
  test(`a disk that is full in the middle of a line is told, and the log goes on${isCut ? "" : ", though it cannot be cut then"}`, async (context) => {
    const path = await logPath(context);
    const log = openEventLog(path, () => 1);
    log.append(phase);
    let calls = 0;
    replace(context, {
      writeSync: ((file: number, line: Buffer) => {
        if (calls++ > 0) throw Object.assign(new Error("write"), { code: "ENOSPC" });
        return writeSync(file, line, 0, 5);
      }) as typeof fs.writeSync,
      ...(!isCut && {
        ftruncateSync: () => {
          throw Object.assign(new Error("ftruncate"), { code: "EIO" });
        },
      }),
    });
    assert.throws(() => log.append(phase), {
      code: "disk-full",
      message: `Could not write ${path}: the disk is full.`,
    });
    assert.throws(() => log.append(phase), { code: "disk-full" }, "as often as it is tried");
    restore();
    const first = encodeLine({ seq: 0, time: 1, ...phase });
    assert.equal((await stat(path)).size, first.length + (isCut ? 0 : 5));
    assert.equal(existsSync(`${path}.reserve`), false, "it is given up");
    log.close();
    const again = openEventLog(path, () => 1);
    assert.equal(again.append(phase).seq, 1);
    again.close();
    assert.deepEqual(await readFile(path), Buffer.concat([first, encodeLine({ seq: 1, time: 1, ...phase })]));
  });

test("a log whose lock is lost is left as it is", async (context) => {
  const path = await logPath(context);
  const lock = acquireLock(join(path, ".."));
  const log = openEventLog(path);
  log.append(phase);
  const { size } = await stat(path);
  await appendFile(path, "another's");
  await rm(join(path, "..", "lock"));
  assert.throws(() => log.append(phase), { code: "lock-lost" });
  assert.throws(() => openEventLog(path), { code: "lock-lost" });
  assert.equal((await stat(path)).size, size + "another's".length);
  assert.equal(existsSync(`${path}.reserve`), true);
  log.close();
  lock.release();
});

const line = (seq: number) => encodeLine({ seq, time: 1, ...phase });
const filler = (length: number) => Buffer.from(`${"x".repeat(length - 1)}\n`);
/** An event whose line has this length, its end left out. */
const long = (seq: number, length: number) => {
  const event = (message: string) => encodeLine({ seq, time: 1, type: "warning", code: "n", message });
  return event("m".repeat(length - event("").length + 1));
};
/** Pieces of a log, one after the other: its bytes, or the length of a line of zeros, which take no room on the disk. */
async function writePieces(path: string, pieces: readonly (Buffer | number)[]): Promise<number> {
  const file = await open(path, "w");
  let size = 0;
  for (const piece of pieces) {
    const bytes = typeof piece === "number" ? Buffer.from("\n") : piece;
    size += typeof piece === "number" ? piece : piece.length;
    await file.truncate(size);
    await file.write(bytes, 0, bytes.length, size - bytes.length);
  }
  await file.close();
  return size;
}

const megabyte = 1 << 20;
const logs: readonly [what: string, pieces: readonly (Buffer | number)[], torn: string, nextSeq: number][] = [
  ["nothing", [], "", 0],
  ["one event", [line(4)], "", 5],
  ["damaged lines behind the last event", [line(4), filler(2), filler(9)], "torn", 7],
  ["damaged lines around an event", [filler(3), line(4), filler(3)], "", 6],
  ["damaged lines and no event", [filler(2), filler(3), filler(4)], "torn", 3],
  ["an empty line", [Buffer.from("\n")], "", 1],
  [
    "events in front of damage of several blocks",
    [line(0), line(1), ...Array(50).fill(filler(4000))],
    "",
    52,
  ],
  ["damage of exactly one block", [line(7), filler((1 << 16) - 1), Buffer.from("\n")], "", 10],
  [
    "an event at the beginning of the block",
    [filler(10), line(7), filler((1 << 16) - line(7).length)],
    "",
    9,
  ],
  ["40 MB of damage", [line(0), ...Array(40).fill(megabyte)], "torn", 41],
  ["40 MB of damage and no event", Array(40).fill(megabyte), "", 40],
  ["70 MB of damage", [line(4), ...Array(7).fill(10 * megabyte)], "torn", 12],
  ["one line of 40 MB", [line(0), 40 * megabyte], "", 2],
  ["a torn line of 40 MB", [line(0)], "\0".repeat(40 * megabyte), 1],
  ["a long event behind a gap", [line(4), long(10, 300_000)], "", 11],
  ["an event as long as one can be", [line(4), long(10, longestLine)], "", 11],
  [
    "an event over the end of 32 MB of damage",
    [line(4), line(100), 10 * megabyte, 10 * megabyte, 12 * megabyte - 30],
    "",
    104,
  ],
];
for (const [what, pieces, torn, nextSeq] of logs)
  test(`a log with ${what} goes on at ${nextSeq}, behind its last whole line`, async (context) => {
    const path = await logPath(context);
    const whole = await writePieces(path, pieces);
    await appendFile(path, torn);
    let largest = 0;
    replace(context, {
      readSync: ((...words: Parameters<typeof readSync>) => {
        const count = readSync(...words);
        largest = Math.max(largest, count);
        return count;
      }) as typeof readSync,
    });
    const log = openEventLog(path);
    restore();
    assert.equal(log.nextSeq, nextSeq);
    log.close();
    assert.equal((await stat(path)).size, whole);
    assert.ok(largest <= 2 * longestLine, `${largest} bytes were held at once`);
  });

test("only an evaluation that is too long for a line loses its confusion matrix", async (context) => {
  const path = await logPath(context);
  const log = openEventLog(path, () => 1);
  const evaluation = {
    type: "evaluation",
    split: "test",
    step: 1,
    epoch: 1,
    metrics: { nll: 2 },
    confusion: [[1]],
  } satisfies NewEvent;
  assert.deepEqual(log.append(evaluation), { seq: 0, time: 1, ...evaluation });
  log.close();
});

test("what another writer did is told in words", async (context) => {
  const path = await logPath(context);
  const log = openEventLog(path, () => 1);
  await appendFile(path, encodeLine({ seq: 0, time: 2, ...phase }));
  assert.deepEqual(log.append(phase), { seq: 2, time: 1, ...phase });
  log.close();
  const { events } = await readEvents(path);
  assert.deepEqual(events[1], {
    seq: 1,
    time: 1,
    type: "warning",
    code: "another-writer",
    message: "A trainer that had lost this run wrote to its log once more; duplicate events are ignored.",
  });
});

test("what another writer said behind an event, or damaged before it, does not have the event said again", async (context) => {
  for (const [isBefore, other] of [
    [false, encodeLine({ seq: 5, time: 2, ...phase })],
    [true, Buffer.from("no event, of another writer\n")],
    [true, encodeLine({ seq: 7, time: 2, ...phase })],
  ] as const) {
    const path = await logPath(context);
    const log = openEventLog(path, () => 1);
    replace(context, {
      writeSync: ((file: number, line: Buffer) => {
        const written = [other, line].sort(() => (isBefore ? 0 : -1));
        restore();
        for (const one of written) writeSync(file, one);
        return line.length;
      }) as typeof fs.writeSync,
    });
    assert.equal(log.append(phase).seq, 0);
    const said = log.append(phase);
    log.close();
    const own = (await readFile(path, "utf8")).split("\n").filter((text) => text.includes('"time":1,'));
    assert.deepEqual(
      own.map((text) => JSON.parse(text).type),
      ["phase", "warning", "phase"],
    );
    assert.equal(said.seq, Number(/^\{"seq":(\d)/.exec(`${other}`)?.[1] ?? 0) + 2);
  }
});
