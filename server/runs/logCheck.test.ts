import assert from "node:assert/strict";
import { appendFile, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { longestLine } from "./eventLine.ts";
import { checkLog, damageWords, type LogCheck, unchecked } from "./logCheck.ts";

async function logPath(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "check-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "events.jsonl");
}

const event = (seq: number) => `{"seq":${seq},"time":1,"type":"phase","phase":"train"}\n`;
const events = (...seqs: number[]) => seqs.map(event).join("");
const all = Number.POSITIVE_INFINITY;

test("a log is looked through line by line, and what is wrong with it is counted", async (context) => {
  const path = await logPath(context);
  for (const [text, found] of [
    ["", {}],
    [events(0, 1, 2), { lines: 3, seq: 2 }],
    [`${events(0)}\n${events(1)}`, { lines: 3, seq: 1 }],
    [events(0, 3), { lines: 2, seq: 3, missing: 2, firstMissing: 2 }],
    [events(2, 5, 9), { lines: 3, seq: 9, missing: 7, firstMissing: 1 }],
    [events(0, 1, 1, 0, 2), { lines: 5, seq: 2, doubled: 2, firstDoubled: 3 }],
    [
      `${events(0)}x\n${events(2)}`,
      { lines: 3, seq: 2, damaged: 1, firstDamaged: 2, missing: 1, firstMissing: 3 },
    ],
    [`${events(0)}x\ny\n`, { lines: 3, seq: 0, damaged: 2, firstDamaged: 2, unsettled: 2 }],
    [`x\n${events(0)}`, { lines: 2, seq: 0, damaged: 1, firstDamaged: 1 }],
    [`${events(0)}{"seq":1,"ti`, { lines: 1, seq: 0, end: event(0).length }],
  ] as const) {
    await writeFile(path, text);
    assert.deepEqual(
      await checkLog(path, unchecked, all),
      { ...unchecked, end: text.length, isDone: true, ...found },
      text,
    );
  }
  assert.deepEqual(await checkLog(`${path}.none`, unchecked, all), { ...unchecked, isDone: true });
});

test("a check goes on where an earlier one ended, and ends behind the block that uses its budget up", async (context) => {
  const path = await logPath(context);
  await writeFile(path, events(0, 1));
  const first = await checkLog(path, unchecked, all);
  await appendFile(path, `x\n${events(4)}`);
  const second = await checkLog(path, first, all);
  assert.deepEqual(second, await checkLog(path, unchecked, all));
  assert.deepEqual([second.lines, second.missing, second.firstMissing], [4, 2, 4]);
  assert.deepEqual([first.lines, first.damaged], [2, 0], "what was known before is as it was");
  const size = 2 * event(0).length;
  await writeFile(path, events(0, 1));
  assert.equal((await checkLog(path, unchecked, size)).isDone, false);
  assert.equal((await checkLog(path, unchecked, size + 1)).isDone, true);
  const [half] = [await checkLog(path, unchecked, 1)];
  assert.deepEqual([half.end, half.lines, half.isDone], [size, 2, false]);
  await appendFile(path, events(2, 3));
  assert.equal((await checkLog(path, half, size)).isDone, false, "counted from where it begins");
  assert.equal((await checkLog(path, half, size + 1)).isDone, true);
});

test("a line longer than a line can be is one damaged line, in however many looks it is passed over", async (context) => {
  const path = await logPath(context);
  await writeFile(path, events(0));
  const file = await open(path, "a");
  await file.truncate(event(0).length + 3 * longestLine);
  await file.close();
  await appendFile(path, `\n${events(2)}`);
  const once = await checkLog(path, unchecked, all);
  assert.deepEqual(
    [once.lines, once.damaged, once.firstDamaged, once.missing, once.isTorn, once.isDone],
    [3, 1, 2, 1, false, true],
  );
  let check: LogCheck = unchecked;
  let looks = 0;
  for (; !check.isDone; looks++) check = await checkLog(path, check, 1);
  assert.deepEqual(check, once);
  assert.ok(looks > 3);
});

test("what is wrong with a log is said with the first line of each kind", () => {
  const words = (found: Partial<LogCheck>) => damageWords({ ...unchecked, ...found });
  assert.equal(words({}), undefined);
  assert.equal(words({ lines: 9, seq: 8, end: 100, isDone: true }), undefined);
  for (const [found, said] of [
    [{ missing: 1, firstMissing: 1234 }, "1 event is missing before line 1,234"],
    [{ missing: 1200, firstMissing: 2 }, "1,200 events are missing before line 2"],
    [{ damaged: 1, firstDamaged: 4711 }, "line 4,711 is damaged; no event is missing"],
    [{ damaged: 1, firstDamaged: 2, missing: 1, firstMissing: 3 }, "line 2 is damaged; 1 event is missing"],
    [{ damaged: 1, firstDamaged: 2, unsettled: 1 }, "line 2 is damaged; 1 event is missing"],
    [
      { damaged: 2500, firstDamaged: 1000, missing: 2, unsettled: 3 },
      "2,500 lines are damaged, the first of them line 1,000; 5 events are missing",
    ],
    [
      { doubled: 1, firstDoubled: 1005 },
      "line 1,005 has a duplicate number and is ignored: a trainer that had lost the run wrote them",
    ],
    [
      { doubled: 2000, firstDoubled: 1005 },
      "2,000 lines, the first of them line 1,005, have duplicate numbers and are ignored: a trainer that had lost the run wrote them",
    ],
    [
      { missing: 1, firstMissing: 3, doubled: 1, firstDoubled: 5 },
      "1 event is missing before line 3; line 5 has a duplicate number and is ignored: a trainer that had lost the run wrote them",
    ],
  ] as const)
    assert.equal(words(found), `events.jsonl: ${said}.`);
});
