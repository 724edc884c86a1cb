import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeLine, encodeLine, linesOf, longestLine, seqOf } from "./eventLine.ts";

const event = { seq: 41, time: 12, type: "phase", phase: "train" } as const;
const line = encodeLine(event).subarray(0, -1);
const older = Buffer.from('{"seq":7,"time":12,"type":"phase","phase":"train"}');
const changed = (from: string, to: string) => Buffer.from(line.toString().replace(from, to));

test("a line is the event that was written, with a line end of Windows and without a checksum, too", () => {
  assert.deepEqual(decodeLine(line), event);
  assert.deepEqual(decodeLine(Buffer.concat([line, Buffer.of(0x0d)])), event);
  assert.deepEqual(decodeLine(older), { ...event, seq: 7 });
  assert.equal(seqOf(line), 41);
  assert.equal(seqOf(Buffer.concat([line, Buffer.of(0x0d)])), 41);
  assert.equal(seqOf(older), 7);
});

test("a line that is damaged is no event, wherever it is", () => {
  for (const damaged of [
    changed("train", "trait"),
    changed("41", "14"),
    changed('"}', '"]'),
    changed('crc":"', 'crc":"0'),
    line.subarray(0, -1),
    line.subarray(1),
    Buffer.of(),
    Buffer.from("{}"),
    Buffer.from(',"crc":"00000000"}'),
  ]) {
    assert.equal(decodeLine(damaged), undefined, damaged.toString());
    assert.equal(seqOf(damaged), undefined, damaged.toString());
  }
});

test("the number of an event is read without the event where a checksum vouches for it, and stands first", () => {
  const told = { time: 12, type: "warning", code: "x", message: '{"seq":5,' };
  const behind = encodeLine({ ...told, seq: 3 } as never).subarray(0, -1);
  assert.equal(seqOf(behind), 3);
  // What vouches for the line is its checksum: such a line is in no schema.
  assert.equal(seqOf(encodeLine({ seq: 123, nothing: true } as never).subarray(0, -1)), 123);
  assert.equal(seqOf(Buffer.from('{"seq":123,"nothing":true}')), undefined);
  const first = encodeLine({ code: '{"seq":5,' } as never).subarray(0, -1);
  assert.equal(seqOf(first), undefined);
  const deeper = encodeLine({ a: { seq: 5, b: 1 } } as never).subarray(0, -1);
  assert.equal(seqOf(deeper), undefined);
});

test("a line of 16 MB is read, a longer one is damage", () => {
  const warning = { seq: 1, time: 1, type: "warning", code: "long", message: "" } as const;
  const empty = encodeLine(warning).length - 1;
  const longest = encodeLine({ ...warning, message: "m".repeat(longestLine - empty) }).subarray(0, -1);
  assert.equal(longest.length, longestLine);
  assert.equal(decodeLine(longest)?.seq, 1);
  assert.equal(seqOf(longest), 1);
  const longer = encodeLine({ ...warning, message: "m".repeat(longestLine - empty + 1) }).subarray(0, -1);
  assert.equal(decodeLine(longer), undefined);
  assert.equal(seqOf(longer), undefined);
});

test("whole lines of a piece are told from the rest, empty ones too", () => {
  const { lines, end } = linesOf(Buffer.from("\na\n\nbc\nrest"));
  assert.deepEqual(lines.map(String), ["", "a", "", "bc"]);
  assert.equal(end, 7);
  assert.deepEqual(linesOf(Buffer.from("rest")), { lines: [], end: 0 });
});

test("a line too short for an event is not parsed", (context) => {
  const parse = context.mock.method(JSON, "parse");
  for (const short of ["", "{", "{}", "[", "x".repeat(27)])
    assert.equal(decodeLine(Buffer.from(short)), undefined);
  assert.equal(parse.mock.callCount(), 0);
  assert.deepEqual(decodeLine(Buffer.from('{"seq":0,"time":0,"type":"x"}')), { seq: 0, time: 0, type: "x" });
});
