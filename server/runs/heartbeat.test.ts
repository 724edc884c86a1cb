import assert from "node:assert/strict";
import fs, {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { touchWhileLocked } from "./heartbeat.ts";

const text = '{"pid":7}';

/** A lock that was touched long ago, and a clock that a test sets on. */
function held(context: TestContext, content: string | undefined = text) {
  const folder = mkdtempSync(join(tmpdir(), "heartbeat-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "lock");
  if (content !== undefined) writeFileSync(path, content);
  context.mock.timers.enable({ apis: ["setInterval"] });
  const age = () => utimesSync(path, 1, 1);
  age();
  const told: string[] = [];
  return {
    path,
    told,
    begin: () => touchWhileLocked({ path, text, everyMs: 5000 }, () => told.push("lost")),
    beat: (ms = 5000) => context.mock.timers.tick(ms),
    age,
    isTouched: () => statSync(path).mtimeMs > 1000,
  };
}

const real = { ...fs };

/** Puts others in the place of calls to the file system. */
function replace(context: TestContext, calls: Partial<typeof fs>): void {
  context.after(() => {
    Object.assign(
      fs,
      Object.fromEntries(Object.keys(calls).map((name) => [name, real[name as keyof typeof fs]])),
    );
    syncBuiltinESMExports();
  });
  Object.assign(fs, calls);
  syncBuiltinESMExports();
}

test("a lock is touched at once and every few seconds, and stays as it is", (context) => {
  const { path, begin, beat, age, isTouched, told } = held(context);
  begin();
  assert.equal(isTouched(), true);
  age();
  beat(4999);
  assert.equal(isTouched(), false);
  beat(1);
  assert.equal(isTouched(), true);
  assert.equal(readFileSync(path, "utf8"), text);
  assert.deepEqual(told, []);
});

test("a lock that is another's is not touched, which is said once", (context) => {
  const { path, begin, beat, age, isTouched, told } = held(context);
  begin();
  writeFileSync(path, '{"pid":8}');
  age();
  beat();
  beat();
  assert.deepEqual([isTouched(), told], [false, ["lost"]]);
  assert.equal(readFileSync(path, "utf8"), '{"pid":8}');
});

test("a lock that is gone is lost, and not made again", (context) => {
  const { path, begin, beat, told } = held(context);
  begin();
  rmSync(path);
  beat();
  beat();
  assert.deepEqual([existsSync(path), told], [false, ["lost"]]);
});

test("a lock that cannot be opened or read for a moment is not lost", (context) => {
  const { path, begin, beat, age, isTouched, told } = held(context);
  begin();
  rmSync(path);
  mkdirSync(path);
  beat();
  rmdirSync(path);
  writeFileSync(path, text);
  replace(context, {
    readFileSync: () => {
      throw Object.assign(new Error("read"), { code: "EIO" });
    },
  });
  age();
  beat();
  assert.deepEqual([isTouched(), told], [false, []]);
  replace(context, { readFileSync: real.readFileSync });
  beat();
  assert.deepEqual([isTouched(), told], [true, []]);
});

test("where the disk is full the time of the lock is set", (context) => {
  const { begin, isTouched } = held(context);
  const times: unknown[][] = [];
  replace(context, {
    writeSync: () => {
      throw Object.assign(new Error("write"), { code: "ENOSPC" });
    },
    futimesSync: (...words) => {
      times.push(words.slice(1));
      real.futimesSync(...words);
    },
  });
  context.mock.timers.reset();
  context.mock.timers.enable({ apis: ["setInterval", "Date"], now: 7_000_000 });
  begin();
  assert.deepEqual(times, [[new Date(7_000_000), new Date(7_000_000)]]);
  assert.equal(isTouched(), true);
});

test("what is written is the first letter in its own place, to the open file, which is closed", (context) => {
  const { begin } = held(context);
  const calls: unknown[] = [];
  let opened = -1;
  replace(context, {
    openSync: (...words) => {
      opened = real.openSync(...words);
      calls.push(words[1]);
      return opened;
    },
    writeSync: ((file: number, ...words: [string, number]) => {
      calls.push([file === opened, ...words]);
      return real.writeSync(file, ...words);
    }) as typeof fs.writeSync,
    closeSync: (file) => {
      calls.push(file === opened);
      real.closeSync(file);
    },
  });
  begin();
  assert.deepEqual(calls, ["r+", [true, "{", 0], true]);
});
