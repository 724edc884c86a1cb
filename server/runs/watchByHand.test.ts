/** What a watcher says, with a clock that is turned by hand and watches of the system's that say what they are told. */
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import fs, { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { type TestContext, test } from "node:test";
import { holderRecord } from "./holder.ts";
import { watchRuns } from "./watch.ts";

const { watch } = fs;

class Watch extends EventEmitter {
  isOpen = true;
  readonly say: (kind: string, name: string | null) => void;

  constructor(say: (kind: string, name: string | null) => void) {
    super();
    this.say = say;
  }

  close(): void {
    this.isOpen = false;
  }
}

/**
 * A folder with two runs: one that nobody works on, and one whose trainer is this process.
 * @param refused folders that the system does not watch
 */
function scene(context: TestContext, refused: (path: string) => boolean = () => false) {
  const folder = mkdtempSync(join(tmpdir(), "watch-"));
  const runs = join(folder, "runs");
  const watches: { readonly path: string; readonly watch: Watch }[] = [];
  context.after(() => {
    fs.watch = watch;
    syncBuiltinESMExports();
    rmSync(folder, { recursive: true, force: true });
  });
  fs.watch = ((path: string, options: object, say: Watch["say"]) => {
    assert.deepEqual(options, { persistent: false });
    if (refused(path)) throw Object.assign(new Error("watch"), { code: "ENOSPC" });
    const added = { path, watch: new Watch(say) };
    watches.push(added);
    return added.watch;
  }) as unknown as typeof fs.watch;
  syncBuiltinESMExports();
  context.mock.timers.enable({ apis: ["setInterval"] });
  const newRun = (name: string) => {
    const path = join(runs, name);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, "events.jsonl"), "");
    return path;
  };
  const [idle, busy] = [newRun("idle"), newRun("busy")];
  const lock = join(busy, "lock");
  writeFileSync(lock, JSON.stringify(holderRecord(process.pid, busy)));
  let said: string[] = [];
  return {
    folder,
    runs,
    idle,
    busy,
    lock,
    newRun,
    watches,
    start: (path = runs) =>
      watchRuns(path, ({ directory, what }) => {
        assert.equal(directory, join(runs, basename(directory)), "an absolute path");
        said.push(`${basename(directory)} ${what}`);
      }),
    /** What was said since this was asked last, sorted. */
    heard: () => {
      const heard = said.sort();
      said = [];
      return heard;
    },
    tick: (milliseconds: number) => context.mock.timers.tick(milliseconds),
    /** The watch of a folder that is open, and the only one. */
    watchOf: (path: string): Watch => {
      const [only, ...more] = watches.filter((one) => one.path === path && one.watch.isOpen);
      assert.ok(only && more.length === 0, `one watch of ${path}`);
      return only.watch;
    },
    openPaths: () => watches.flatMap(({ path, watch: { isOpen } }) => (isOpen ? basename(path) : [])).sort(),
  };
}

test("runs that are there are not told of, those that come and go are, each once", (context) => {
  const { runs, idle, newRun, start, heard, tick, watchOf, openPaths } = scene(context);
  start(relative(process.cwd(), runs));
  assert.deepEqual([heard(), openPaths()], [[], ["busy", "idle", "runs"]]);
  newRun("new");
  mkdirSync(join(runs, ".index"));
  writeFileSync(join(runs, "notes.txt"), "");
  watchOf(runs).say("rename", "new");
  assert.deepEqual([heard(), openPaths()], [["new state"], ["busy", "idle", "new", "runs"]]);
  watchOf(runs).say("rename", "new");
  tick(5000);
  assert.deepEqual(heard(), []);
  rmSync(idle, { recursive: true });
  watchOf(runs).say("rename", "idle");
  assert.deepEqual([heard(), openPaths()], [["idle removed"], ["busy", "new", "runs"]]);
  newRun("idle");
  watchOf(runs).say("rename", "idle");
  assert.deepEqual(heard(), ["idle state"]);
});

test("a folder of runs that comes, is replaced or goes is noticed within 250 ms", (context) => {
  const { folder, runs, newRun, start, heard, tick, watchOf, openPaths } = scene(context);
  const aside = join(folder, "aside");
  renameSync(runs, aside);
  start();
  tick(1000);
  assert.deepEqual([heard(), openPaths()], [[], []]);
  renameSync(aside, runs);
  tick(249);
  assert.deepEqual(heard(), []);
  tick(1);
  assert.deepEqual(
    [heard(), openPaths()],
    [
      ["busy state", "idle state"],
      ["busy", "idle", "runs"],
    ],
  );
  renameSync(runs, aside);
  newRun("other");
  tick(250);
  assert.deepEqual(
    [heard(), openPaths()],
    [
      ["busy removed", "idle removed", "other state"],
      ["other", "runs"],
    ],
  );
  rmSync(runs, { recursive: true });
  watchOf(runs).say("rename", "other");
  assert.deepEqual(heard(), ["other removed"]);
  tick(250);
  assert.deepEqual([heard(), openPaths()], [[], []]);
  newRun("again");
  tick(250);
  assert.deepEqual([heard(), openPaths()], [["again state"], ["again", "runs"]]);
});

test("a link that leads in a circle is no folder of runs", {
  skip: process.platform === "win32" && "links need a permission there",
}, (context) => {
  const { folder, heard, tick } = scene(context);
  const circle = join(folder, "circle");
  symlinkSync(circle, circle);
  const watcher = watchRuns(circle, () => assert.fail("nothing is there"));
  tick(5000);
  watcher.close();
  assert.deepEqual(heard(), []);
});

test("of a run's files the log, and the coming and going of a trainer's are told", (context) => {
  const { idle, start, heard, watchOf } = scene(context);
  start();
  const { say } = watchOf(idle);
  for (const kind of ["change", "rename"]) {
    say(kind, "events.jsonl");
    assert.deepEqual(heard(), ["idle events"], kind);
  }
  say("change", "job.json");
  assert.deepEqual(heard(), ["idle state"], "a job that a person has edited");
  for (const name of ["lock", "job.json", "trainer.pid"]) {
    if (name !== "job.json") say("change", name);
    assert.deepEqual(heard(), [], name);
    say("rename", name);
    assert.deepEqual(heard(), ["idle state"], name);
  }
  for (const name of ["manifest.json", "best", "lock.new", null]) say("rename", name);
  assert.deepEqual(heard(), []);
});

test("a log that grows while its watch is silent is told within a second, once, if a trainer is at it", (context) => {
  const { idle, busy, start, heard, tick, watchOf } = scene(context);
  start();
  for (const run of [idle, busy]) writeFileSync(join(run, "events.jsonl"), "a\n");
  tick(999);
  assert.deepEqual(heard(), []);
  tick(1);
  assert.deepEqual(heard(), ["busy events"]);
  tick(5000);
  assert.deepEqual(heard(), []);
  writeFileSync(join(busy, "events.jsonl"), "a\nb\n");
  watchOf(busy).say("change", "events.jsonl");
  assert.deepEqual(heard(), ["busy events"]);
  tick(5000);
  assert.deepEqual(heard(), [], "it is told already");
});

test("a trainer that dies is told within a second, once, and one that comes by its files", (context) => {
  const { idle, lock, start, heard, tick, watchOf } = scene(context);
  start();
  rmSync(lock); // as if its holder had been killed
  tick(1000);
  assert.deepEqual(heard(), ["busy state"]);
  tick(5000);
  assert.deepEqual(heard(), []);
  const record = join(idle, "trainer.pid");
  writeFileSync(record, JSON.stringify(holderRecord(process.pid, idle)));
  watchOf(idle).say("rename", "trainer.pid");
  assert.deepEqual(heard(), ["idle state"]);
  tick(5000);
  assert.deepEqual(heard(), [], "it lives, as is told already");
  rmSync(record);
  tick(1000);
  assert.deepEqual(heard(), ["idle state"]);
});

test("where the system watches no more folders they are looked at every second", (context) => {
  const { runs, idle, newRun, start, heard, tick } = scene(context, () => true);
  const watcher = start();
  newRun("new");
  writeFileSync(join(idle, "events.jsonl"), "a\n");
  writeFileSync(join(idle, "lock"), JSON.stringify(holderRecord(process.pid, idle)));
  tick(999);
  assert.deepEqual(heard(), []);
  tick(1);
  assert.deepEqual(heard(), ["idle events", "idle state", "new state"]);
  rmSync(join(idle, "lock"));
  tick(1000);
  assert.deepEqual(heard(), ["idle state"]);
  writeFileSync(join(idle, "job.json"), "null");
  tick(5000);
  assert.deepEqual(heard(), ["idle state"]);
  rmSync(idle, { recursive: true });
  tick(1000);
  assert.deepEqual(heard(), ["idle removed"]);
  renameSync(runs, `${runs}.aside`);
  tick(250);
  assert.deepEqual(heard(), ["busy removed", "new removed"]);
  mkdirSync(runs);
  tick(250);
  watcher.close();
});

test("what is no lock says as little as none, where it is looked at every second", (context) => {
  const { idle, start, heard, tick } = scene(context, () => true);
  start();
  for (const change of [
    () => mkdirSync(join(idle, "lock")),
    () => rmSync(join(idle, "lock"), { recursive: true }),
  ]) {
    change();
    tick(1000);
    assert.deepEqual(heard(), []);
  }
});

test("a folder that is watched is not looked through, and what is no lock is nobody's", (context) => {
  const { runs, idle, busy, lock, newRun, start, heard, tick, watchOf } = scene(context);
  rmSync(lock);
  mkdirSync(lock);
  start();
  newRun("new");
  tick(5000);
  assert.deepEqual(heard(), []);
  watchOf(runs).say("rename", "new");
  assert.deepEqual(heard(), ["new state"]);
  mkdirSync(join(idle, "lock"));
  watchOf(idle).say("rename", "lock");
  rmSync(join(busy, "events.jsonl"));
  tick(5000);
  assert.deepEqual(heard(), ["idle state"]);
});

test("a watch that breaks is closed, and with the watcher all of them", (context) => {
  const { runs, busy, idle, newRun, start, heard, tick, watchOf, openPaths } = scene(context);
  const watcher = start();
  watchOf(idle).emit("error", new Error("gone"));
  assert.deepEqual(openPaths(), ["busy", "runs"]);
  watcher.close();
  assert.deepEqual(openPaths(), []);
  newRun("new");
  writeFileSync(join(busy, "events.jsonl"), "a\n");
  rmSync(idle, { recursive: true });
  renameSync(runs, `${runs}.aside`);
  tick(5000);
  assert.deepEqual(heard(), []);
});

test("a watcher keeps no process alive", (context) => {
  const { start } = scene(context);
  context.mock.timers.reset();
  const timers = context.mock.method(globalThis, "setInterval");
  const watcher = start();
  const alive = timers.mock.calls.map(({ result }) => (result as NodeJS.Timeout).hasRef());
  watcher.close();
  assert.deepEqual(alive, [false, false]);
});
